/** The credential has no right to this read: asking again changes nothing. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
}
