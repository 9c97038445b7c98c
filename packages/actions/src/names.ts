import { z } from "zod";

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";

/** A DNS-1123 label, as namespaces are named. */
export const label = z
  .string()
  .max(63)
  .regex(new RegExp(`^${LABEL}$`), "is not a name that Kubernetes takes (lower case, digits and -)");

/** A DNS-1123 subdomain, as most objects are named. It cannot hold a slash or an empty part, so it cannot leave its place in a path. */
export const subdomain = z
  .string()
  .max(253)
  .regex(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`), "is not a name that Kubernetes takes (lower case, digits, - and .)");
