/** The one style of every page: no font, image or file is fetched for it. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #f6f8fa; --card: #fff; --stop: #b42318; --go: #1a6b3c; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #333c47; --back: #0d1117; --card: #161b22; --stop: #ff8a7f; --go: #6fd394; --warn: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; } h1 .soft { font-size: 1rem; font-weight: 400; } h2 { font-size: 1rem; margin: 1.75rem 0 .5rem; } form h2 { margin-top: 0; }
p { margin: .25rem 0; } a { color: inherit; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; margin-bottom: 1rem; }
header a { font-weight: 700; text-decoration: none; }
.card, form, .told { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 .75rem; }
.soft { color: var(--soft); } .stop { color: var(--stop); } .go { color: var(--go); } .warn { color: var(--warn); }
.tag { border: 1px solid currentColor; border-radius: .25rem; padding: 0 .35rem; font-size: .8rem; font-weight: 700; text-transform: uppercase; white-space: nowrap; }
code, pre, .said { font: .875rem/1.45 ui-monospace, monospace; }
pre, .said { white-space: pre-wrap; margin: .25rem 0; }
dl { display: grid; grid-template-columns: 7.5rem 1fr; gap: .6rem 1rem; margin: .75rem 0; }
dt { font-size: .75rem; font-weight: 700; letter-spacing: .04em; color: var(--soft); padding-top: .2rem; } dd { margin: 0; min-width: 0; }
ul { margin: 0; padding: 0; list-style: none; } li { margin: 0 0 .35rem; }
.change { border-left: 3px solid var(--warn); padding-left: .75rem; }
.told { border-left: 4px solid var(--warn); font-weight: 600; }
.full { border: 2px solid var(--warn); border-radius: .5rem; padding: .75rem; margin: 0 0 1rem; }
label { display: block; margin: 0 0 .75rem; font-weight: 600; }
input, textarea { display: block; width: 100%; margin-top: .25rem; padding: .55rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .375rem; }
.answers { display: flex; flex-wrap: wrap; gap: .75rem; }
button { font: inherit; font-weight: 700; padding: .6rem 1.25rem; min-height: 2.75rem; border-radius: .375rem; border: 2px solid currentColor; background: none; cursor: pointer; }
button.go { color: var(--go); } button.stop { color: var(--stop); }
input:focus-visible, textarea:focus-visible, button:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--warn); outline-offset: 2px; }
summary { cursor: pointer; }
@media (max-width: 36rem) { body { padding: .75rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .7rem; } .answers button { flex: 1; } }
`;
