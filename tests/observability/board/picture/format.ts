/** Numbers as Grafana writes them, in the units that the board uses. */
export function formatted(value: number, unit: string, decimals?: number): string {
  switch (unit) {
    case "s":
      return seconds(value, decimals);
    case "percentunit":
      return `${fixed(value * 100, decimals ?? 0)}%`;
    case "currencyUSD":
      return `$${fixed(value, 2)}`;
    default:
      return value >= 10_000
        ? `${fixed(value / 1000, 0)} k`
        : fixed(value, decimals ?? (Number.isInteger(value) ? 0 : 1));
  }
}

function seconds(value: number, decimals = 1): string {
  if (value === 0) return "0 s";
  if (value < 1) return `${fixed(value * 1000, 0)} ms`;
  if (value < 120) return `${fixed(value, decimals)} s`;
  return value < 7_200 ? `${fixed(value / 60, 1)} min` : `${fixed(value / 3600, 1)} h`;
}

function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Cut where it would be wider than this; letters of a proportional font are about half as wide as high. */
export function fitted(text: string, width: number, size: number): string {
  const most = Math.max(4, Math.floor(width / (size * 0.54)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
