/** The words of a query, read one after the other; whoever reads past the end or meets the wrong one refuses the query. */
export class QueryRefused extends Error {}

export const UNDERSTOOD =
  "the sandbox understands selectors with =, !=, =~ and !~, sum/min/max/avg/count with by or without, rate, increase, delta and *_over_time, arithmetic, comparisons, and/or/unless with on(...)";

export type Token = { readonly kind: "word" | "number" | "string" | "sign"; readonly text: string };

export type Tokens = {
  readonly peek: () => Token | undefined;
  readonly is: (...texts: string[]) => boolean;
  readonly take: () => Token;
  /** Takes the next word if it is this one. */
  readonly skip: (text: string) => boolean;
  readonly expect: (text: string) => void;
};

const SPACE = /(?:\s|#[^\n]*(?:\n|$))*/y;
const TOKEN =
  /(?:([a-zA-Z_:][\w:]*)|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|==|!=|<=|>=|[-+*/<>=(){},[\]]))/y;

export function readTokens(text: string): Tokens {
  const tokens = tokenise(text);
  let at = 0;
  const is: Tokens["is"] = (...texts) => texts.includes(tokens[at]?.text ?? "") && tokens[at]?.kind !== "string";
  const take: Tokens["take"] = () => {
    const token = tokens[at];
    if (token === undefined) throw refuse("it ends too early");
    at += 1;
    return token;
  };
  const skip: Tokens["skip"] = (wanted) => is(wanted) && take().text === wanted;
  return {
    peek: () => tokens[at],
    is,
    take,
    skip,
    expect: (wanted) => {
      if (!skip(wanted)) throw refuse(`"${wanted}" is wanted where "${take().text}" stands`);
    },
  };
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  for (let from = pastSpace(text, 0); from < text.length; from = pastSpace(text, TOKEN.lastIndex)) {
    TOKEN.lastIndex = from;
    const found = TOKEN.exec(text);
    if (found === null) throw refuse(`"${text.slice(from, from + 20)}" cannot be read`);
    const [, word, number, string, sign] = found;
    const kind =
      word !== undefined ? "word" : number !== undefined ? "number" : string !== undefined ? "string" : "sign";
    tokens.push({ kind, text: word ?? number ?? string ?? sign ?? "" });
  }
  return tokens;
}

/** A comment reaches to the end of its line. */
function pastSpace(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + (SPACE.exec(text)?.[0].length ?? 0);
}

export function refuse(why: string): QueryRefused {
  return new QueryRefused(`the query cannot be evaluated: ${why}; ${UNDERSTOOD}`);
}
