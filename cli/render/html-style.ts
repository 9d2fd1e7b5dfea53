/** Of pages that are printed and filed: black on white, tables that break between rows, nothing wider than the paper. */
export const STYLE = `
@page { size: A4; margin: 16mm 14mm; }
* { box-sizing: border-box; }
html { color-scheme: light; }
body { margin: 0; background: #fff; color: #1a1a1a; font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
header { border-left: 4px solid #1f5f8b; padding-left: 1rem; margin-bottom: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-bottom: .25rem; border-bottom: 1px solid #c4ccd3; }
h3 { font-size: 1rem; margin: 1.25rem 0 .35rem; }
p { margin: .4rem 0; }
code, pre { font-family: ui-monospace, "Liberation Mono", Consolas, monospace; font-size: .87em; overflow-wrap: anywhere; }
code { color: #16324a; }
q { font-style: italic; overflow-wrap: anywhere; }
h1 code { font-size: .92em; }
pre { white-space: pre-wrap; background: #f4f6f8; border: 1px solid #dde3e8; padding: .6rem .75rem; margin: .5rem 0; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #dde3e8; overflow-wrap: break-word; }
thead th { background: #f4f6f8; font-weight: 600; overflow-wrap: normal; }
.facts th { width: 13rem; font-weight: 600; color: #3d4a55; }
.amount { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
ul { margin: .35rem 0; padding-left: 0; list-style: none; }
li { padding: .1rem 0 .1rem 1.5rem; text-indent: -1.5rem; overflow-wrap: anywhere; }
li::before { display: inline-block; width: 1.5rem; text-indent: 0; font-weight: 700; content: "\\2022"; }
li.good::before { content: "\\2713"; color: #17663a; }
li.bad::before { content: "\\2717"; color: #a5281b; }
li.open::before { content: "\\2026"; color: #7a5200; }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h2, h3, thead { break-after: avoid; }
  tr, li { break-inside: avoid; }
  thead { display: table-header-group; }
  section section { break-inside: avoid-page; }
  pre { break-inside: auto; }
  thead th, pre { background: none; }
}
`;
