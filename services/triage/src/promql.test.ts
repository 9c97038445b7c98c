import { describe, expect, test } from "vitest";
import { isOutsideWritable, refusalOf } from "./promql.ts";

describe("a query that a person would ask is asked", () => {
  test.each([
    'up{job="x"}',
    'sum by (pod) (rate(http_requests_total{namespace="shop",code=~"5.."}[5m]))',
    'sum(rate(a_total{ns="x"}[5m])) by (pod) / on (pod) group_left (node) sum(b{ns="x"}) by (pod)',
    'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="api"}[5m])))',
    'kube_pod_container_status_restarts_total{namespace="payments",pod=~"api-.*"} > 3',
    'max_over_time(container_memory_working_set_bytes{pod="a"}[1h30m]) offset 2h',
    'topk(5, sum by (container) (kube_pod_info{namespace!="x",node="n"})) >= bool 1e3',
    "absent(up{job='x'}) or -vector(1) unless up{job=\"y\"}",
    'x{path="/a[1:2]{}(", ns="n"}',
  ])("%s", (query) => {
    expect(refusalOf(query)).toBeUndefined();
  });
});

describe("a query that costs too much, or that the check cannot follow, is refused with a sentence", () => {
  test.each([
    ['{__name__=~".+"}', "without the name of a metric"],
    ['{job="x"}', "without the name of a metric"],
    ['up{__name__=~".+"}', "stands before the braces"],
    ["up", "has no matcher"],
    ["sum(rate(http_requests_total[5m]))", "has no matcher"],
    ["up{}", "narrows it"],
    ['up{job=~".*"}', "narrows it"],
    ['up{job=~".+|.*"}', "narrows it"],
    ['up{job!="x"}', "narrows it"],
    ['up{job=""}', "narrows it"],
    ['rate(up{job="x"}[365d])', "more than 6 hours"],
    ['rate(up{job="x"}[7h])', "more than 6 hours"],
    ['max_over_time(up{job="x"}[6h:1s])', "subqueries"],
    ['max_over_time(rate(up{job="x"}[5m])[1h:])', "subqueries"],
    ['up{job="x"} offset 30d', "more than 6 hours"],
    ['up{job="x"} @ 0', "not understood"],
    ["up{job=`x`}", "not understood"],
    ['up{job="x"} # comment', "not understood"],
    ['up{job="x"', "brackets"],
    ['up{job="x"}]', "brackets"],
    ['sum(up{job="x"}))', "brackets"],
    [`${"(".repeat(13)}up{job="x"}${")".repeat(13)}`, "nested"],
    [`up{job="${"x".repeat(101)}"}`, "longer than 100"],
    [`up{job="${"x".repeat(500)}"}`, "longer than 500"],
    [Array.from({ length: 9 }, () => 'up{j="x"}').join("+"), "at most 8"],
    ["1 + 1", "at least one metric"],
    ['up{job="x"} or kube_secret_info', "has no matcher"],
    ['up{job="x} or kube_secret_info{"}', undefined],
    ['up{a="x"b="y"}', "Matchers look like"],
    ["", "at least one metric"],
  ])("%s", (query, says) => {
    const refusal = refusalOf(query);
    if (says === undefined) expect(refusal, "one string is one value").toBeUndefined();
    else expect(refusal).toContain(says);
  });

  test("however hostile, in a time that does not grow beyond measure", () => {
    for (const piece of ['"', "\\", "(", "{a=", "1e", "[", "5m", "x ", '"\\'])
      expect(typeof refusalOf(piece.repeat(500 / piece.length))).toBe("string");
  });
});

test("only what the cluster measures of itself is beyond a client's reach", () => {
  expect(isOutsideWritable('kube_pod_info{a="b"} / container_cpu{a="b"}')).toBe(false);
  expect(isOutsideWritable('sum by (path) (rate(http_requests_total{a="b"}[5m]))')).toBe(true);
  expect(isOutsideWritable("not understood @")).toBe(true);
});
