export { openRedactor, type RedactedText, type Redactor } from "./redact.ts";
