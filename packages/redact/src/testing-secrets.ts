import { randomBytes, randomInt } from "node:crypto";

const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const from = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
export const alnum = (length: number): string => from(ALNUM, length);
const hex = (length: number): string => from("0123456789abcdef", length);
const base64 = (bytes: number): string => randomBytes(bytes).toString("base64");
const pem = (): string =>
  `-----BEGIN RSA PRIVATE KEY-----\n${(base64(900).match(/.{1,64}/gu) ?? []).join("\n")}\n-----END RSA PRIVATE KEY-----`;

/** Each class: a fresh secret, and a line as it turns up in operations. */
export const CLASSES: Readonly<Record<string, () => { readonly secret: string; readonly line: string }>> = {
  "an AWS access key": () =>
    around(`AKIA${from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`, (s) => `using credentials ${s} for s3`),
  "an AWS secret key": () => around(base64(30), (s) => `aws_secret_access_key = ${s}`),
  "a Google API key": () => around(`AIza${alnum(35)}`, (s) => `GET /maps?key=${s} 403`),
  "a Google OAuth token": () => around(`ya29.${alnum(60)}`, (s) => `oauth2: token ${s} expired`),
  "an Azure storage key": () =>
    around(
      base64(64),
      (s) => `DefaultEndpointsProtocol=https;AccountName=logs;AccountKey=${s};EndpointSuffix=core.windows.net`,
    ),
  "a GitHub token": () => around(`ghp_${alnum(36)}`, (s) => `fatal: could not read from ${s}`),
  "a fine-grained GitHub token": () => around(`github_pat_${alnum(22)}_${alnum(59)}`, (s) => `clone failed with ${s}`),
  "a GitLab token": () => around(`glpat-${alnum(20)}`, (s) => `remote: ${s} is not allowed`),
  "a Slack token": () =>
    around(
      `xoxb-${from("0123456789", 12)}-${from("0123456789", 12)}-${alnum(24)}`,
      (s) => `slack: invalid_auth (${s})`,
    ),
  "a Slack webhook": () =>
    around(`T${alnum(9)}/B${alnum(9)}/${alnum(24)}`, (s) => `POST https://hooks.slack.com/services/${s} 500`),
  "a Discord webhook": () =>
    around(`${from("0123456789", 18)}/${alnum(68)}`, (s) => `POST https://discord.com/api/webhooks/${s}`),
  "a Telegram token": () =>
    around(`${from("123456789", 9)}:AA${alnum(33)}`, (s) => `GET https://api.telegram.org/bot${s}/getMe`),
  "an Anthropic key": () => around(`sk-ant-api03-${alnum(80)}`, (s) => `anthropic: 401 for ${s}`),
  "an OpenAI key": () => around(`sk-proj-${alnum(48)}`, (s) => `Incorrect API key provided: ${s}.`),
  "a payment key": () => around(`sk_live_${alnum(24)}`, (s) => `stripe: ${s} is revoked`),
  "an npm token": () => around(`npm_${alnum(36)}`, (s) => `//registry.npmjs.org/:_authToken=${s}`),
  "a PyPI token": () => around(`pypi-${alnum(120)}`, (s) => `twine: upload with ${s}`),
  "a SendGrid key": () => around(`SG.${alnum(22)}.${alnum(43)}`, (s) => `mail: unauthorized ${s}`),
  "a Vault token": () => around(`hvs.${alnum(90)}`, (s) => `vault: permission denied for ${s}`),
  "a JWT": () => around(`eyJ${alnum(33)}.eyJ${alnum(120)}.${alnum(43)}`, (s) => `jwt malformed near ${s}`),
  "a private key": () => {
    const secret = pem();
    return { secret, line: `loading key\n${secret}\nloaded` };
  },
  "a private key in JSON": () =>
    around(
      JSON.stringify(pem()).slice(1, -1),
      (s) => `{"type":"service_account","private_key":"${s}","client_email":"x@y"}`,
    ),
  "a docker auth": () => around(base64(40), (s) => `{"auths":{"registry.example":{"auth":"${s}"}}}`),
  "the data of a Kubernetes Secret": () =>
    around(base64(30), (s) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  dsn: ${s}\n`),
  "a password in a URL": () =>
    around(alnum(24), (s) => `dial postgres://payments:${s}@db.payments.svc:5432/payments: connection refused`),
  "a token in a URL": () => around(alnum(40), (s) => `fetch https://${s}@git.example/org/repo.git`),
  "a bearer header": () => around(alnum(40), (s) => `> Authorization: Bearer ${s}`),
  "a basic header": () => around(base64(24), (s) => `curl -H "Authorization: Basic ${s}" https://x`),
  "a header in JSON": () => around(alnum(40), (s) => `{"headers":{"authorization":"Bearer ${s}","accept":"*/*"}}`),
  "password=": () => around(alnum(20), (s) => `connecting host=db user=app password=${s} sslmode=require`),
  "a quoted password with spaces": () =>
    around(`${alnum(12)} ${alnum(12)} ${alnum(12)}`, (s) => `{"db_password": "${s}", "host": "db"}`),
  "a password in an environment": () => around(alnum(24), (s) => `env: PAYMENTS_DB_PASSWORD=${s}`),
  "an API key in YAML": () => around(hex(32), (s) => `  api_key: ${s}`),
  "a client secret in escaped JSON": () => around(alnum(40), (s) => `body="{\\"client_secret\\":\\"${s}\\"}"`),
  "a cookie": () => around(alnum(64), (s) => `Cookie: theme=dark; session=${s}`),
  "a set cookie": () => around(hex(64), (s) => `set-cookie: sid=${s}; HttpOnly; Path=/`),
  "a --password argument": () => around(alnum(18), (s) => `exec: /usr/bin/backup --password ${s} --host db`),
  "mysql -p": () => around(alnum(18), (s) => `sh -c mysqldump -h db -u root -p${s} shop`),
};

function around(secret: string, line: (secret: string) => string): { readonly secret: string; readonly line: string } {
  return { secret, line: line(secret) };
}

const LEFT = 12;

export function leaks(secret: string, text: string): boolean {
  for (let at = 0; at + LEFT <= secret.length; at += 1) if (text.includes(secret.slice(at, at + LEFT))) return true;
  return false;
}
