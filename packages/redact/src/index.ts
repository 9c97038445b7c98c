export { openRedactor, type RedactedText, type Redactor } from "./redact.ts";
export { secretsIn } from "./recognised.ts";
