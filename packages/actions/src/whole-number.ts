import { z } from "zod";

/** A number of pods, as text: at least one, since nothing here scales to zero. */
export const podCount = z.string().regex(/^[1-9][0-9]{0,3}$/, "is not a whole number from 1 to 9999");
