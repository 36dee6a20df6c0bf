/** The page's style sheet. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ground: #ffffff; --card: #ffffff; --ink: #1f2933; --soft: #616e7c; --line: #dde3ea; --accent: #1f6fb2; --good: #12805c; --bad: #b42318; --wash: #f5f7fa; }
:root[data-theme="dark"] { color-scheme: dark; --ground: #151b22; --card: #1c242d; --ink: #e4e7eb; --soft: #9aa5b1; --line: #323f4b; --accent: #62a9e8; --good: #4fc79a; --bad: #ff8a7a; --wash: #1f2933; }
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main, header, nav { max-width: 1200px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; display: flex; gap: 16px; justify-content: space-between; align-items: flex-start; }
h1 { font-size: 26px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 20px; margin: 40px 0 12px; padding-top: 8px; border-top: 1px solid var(--line); } h3 { font-size: 16px; margin: 0; }
.soft, figcaption, footer { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 6px 18px; padding-top: 12px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
button, select { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; cursor: pointer; max-width: 100%; }
button:hover { border-color: var(--accent); } button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
figure { margin: 0 0 22px; padding: 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; break-inside: avoid; }
.head { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; margin-bottom: 4px; } .head h3 { flex: 1 1 240px; }
figcaption { font-size: 13px; margin: 8px 0 0; max-width: 95ch; }
.plot { width: 100%; min-height: 40px; overflow-x: auto; } .plot svg { display: block; }
.bound { margin: 0 0 6px; font-size: 13px; } .vega-bind-name { color: var(--soft); margin-right: 8px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 0 18px; align-items: start; } .pair figure { min-width: 0; } .pair figure.wide, .pair figure:only-child { grid-column: 1 / -1; }
.message { margin: 2px 0 8px; font-size: 14.5px; max-width: 90ch; overflow-wrap: anywhere; }
.description { margin: 0 0 6px; max-width: 90ch; } .shows { font-size: 16px; line-height: 1.55; padding-left: 22px; max-width: 95ch; overflow-wrap: anywhere; } .see { font-size: 12.5px; white-space: nowrap; }
.good, .doubt { padding: 8px 14px; border-radius: 8px; background: var(--wash); border-left: 4px solid var(--good); max-width: 95ch; } .doubt { border-left-color: var(--bad); }
.tools { display: flex; flex-wrap: wrap; gap: 8px; margin: 4px 0 6px; } input[type=search] { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; min-width: 0; }
button.sort { border: 0; padding: 0; background: none; color: inherit; font-size: inherit; text-align: inherit; } th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
.note { font-size: 13.5px; color: var(--soft); margin: 6px 0 0; } .note::before { content: "note: "; font-weight: 600; }
label.switch { font-size: 13px; color: var(--soft); display: inline-flex; gap: 5px; align-items: center; cursor: pointer; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13.5px; width: 100%; overflow-wrap: normal; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; } thead th { color: var(--soft); font-weight: 500; position: sticky; top: 0; background: var(--ground); white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; } table.figures td, table.figures thead th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
.valid { color: var(--good); font-weight: 600; font-size: 12.5px; } .invalid, .reason { color: var(--bad); } .invalid { font-weight: 600; font-size: 12.5px; } .reason em { color: var(--soft); }
details.run { border-bottom: 1px solid var(--line); padding: 6px 0; } summary { cursor: pointer; } dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 13.5px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.notes { background: var(--wash); border-radius: 10px; padding: 12px 16px 12px 34px; font-size: 14px; overflow-wrap: anywhere; } ul { margin: 8px 0; }
#tip { position: fixed; z-index: 9; pointer-events: none; background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: 6px; box-shadow: 0 2px 10px #0003; padding: 6px 10px; font-size: 12.5px; display: none; max-width: 380px; } #tip table { width: auto; } #tip td { border: 0; padding: 1px 8px 1px 0; white-space: normal; } #tip td:first-child { color: var(--soft); white-space: nowrap; } details { margin: 8px 0; }
footer { font-size: 13px; margin: 40px 0 30px; }
@media (max-width: 700px) { header { flex-direction: column; } dl { grid-template-columns: 1fr; } tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 130px; max-width: 190px; } figure { padding: 12px; } }
body.paper main, body.paper header { width: 860px; zoom: .8; padding: 0; } body.paper .pair { grid-template-columns: 1fr 1fr; gap: 0 14px; } body.paper .thirds { grid-template-columns: 1fr 1fr 1fr; } body.paper .minor { display: none; } body.paper figure { border: 0; padding: 0; margin-bottom: 10px; } body.paper figcaption, body.paper .note { font-size: 11.5px; line-height: 1.35; } body.paper .message { font-size: 13px; margin: 0 0 4px; } body.paper h3 { font-size: 15px; } body.paper h2 { font-size: 18px; margin: 14px 0 6px; } body.paper .shows { font-size: 14.5px; } body.paper .notes, body.paper .absent, body.paper dl, body.paper .soft { font-size: 12.5px; }
@media print { @page { margin: 14mm; } button, label.switch, nav, .tools, .see, #tip, details.run, #each-run, #notes, noscript { display: none !important; } button.sort { display: inline !important; } body { font-size: 10pt; } main, header { max-width: none; padding: 0; } figure { break-inside: avoid; } h2 { break-after: avoid; } thead th { position: static; } .scroll, .plot { overflow: visible; } th, td { white-space: normal; padding: 2px 5px 2px 0; overflow-wrap: break-word; } table { font-size: 11px; line-height: 1.25; } tr { break-inside: avoid; } .valid, .invalid { font-size: inherit; } }
`;
