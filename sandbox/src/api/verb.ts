/** What RBAC calls a request. */
export function verbOf(method: string, name: string | undefined, query: URLSearchParams): string {
  switch (method) {
    case "GET":
      if (name !== undefined) return "get";
      return ["true", "1"].includes(query.get("watch") ?? "") ? "watch" : "list";
    case "POST":
      return "create";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    case "PUT":
      return "update";
    default:
      return method.toLowerCase();
  }
}
