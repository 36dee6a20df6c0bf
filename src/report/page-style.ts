/** The page's style sheet. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ground: #ffffff; --card: #ffffff; --ink: #1f2933; --soft: #616e7c; --line: #dde3ea; --accent: #1f6fb2; --good: #12805c; --bad: #b42318; --wash: #f5f7fa; }
:root[data-theme="dark"] { color-scheme: dark; --ground: #151b22; --card: #1c242d; --ink: #e4e7eb; --soft: #9aa5b1; --line: #323f4b; --accent: #62a9e8; --good: #4fc79a; --bad: #ff8a7a; --wash: #1f2933; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
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
figcaption { font-size: 13.5px; margin: 2px 0 10px; max-width: 90ch; }
.plot { width: 100%; min-height: 40px; overflow-x: auto; } .plot svg { display: block; }
.bound { margin: 0 0 6px; font-size: 13px; } .vega-bind-name { color: var(--soft); margin-right: 8px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 0 18px; align-items: start; } .pair figure, .alone figure { min-width: 0; }
.findings { font-size: 13.5px; padding-left: 20px; }
.note { font-size: 13.5px; color: var(--soft); margin: 6px 0 0; } .note::before { content: "note: "; font-weight: 600; }
label.switch { font-size: 13px; color: var(--soft); display: inline-flex; gap: 5px; align-items: center; cursor: pointer; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13.5px; width: 100%; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; } thead th { color: var(--soft); font-weight: 500; position: sticky; top: 0; background: var(--ground); white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; } table.figures td, table.figures thead th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
.valid { color: var(--good); font-weight: 600; font-size: 12.5px; } .invalid, .reason { color: var(--bad); } .invalid { font-weight: 600; font-size: 12.5px; } .reason em { color: var(--soft); }
details.run { border-bottom: 1px solid var(--line); padding: 6px 0; } summary { cursor: pointer; } dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; font-size: 13.5px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.notes { background: var(--wash); border-radius: 10px; padding: 12px 16px 12px 34px; font-size: 14px; } ul { margin: 8px 0; }
#tip { position: fixed; z-index: 9; pointer-events: none; background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: 6px; box-shadow: 0 2px 10px #0003; padding: 6px 10px; font-size: 12.5px; display: none; max-width: 380px; } #tip table { width: auto; } #tip td { border: 0; padding: 1px 8px 1px 0; white-space: normal; } #tip td:first-child { color: var(--soft); white-space: nowrap; }
footer { font-size: 13px; margin: 40px 0 30px; }
@media (max-width: 700px) { header { flex-direction: column; } dl { grid-template-columns: 1fr; } }
@media print { @page { margin: 14mm; } button, label.switch, nav, #tip { display: none !important; } body { font-size: 11pt; } main, header { max-width: none; padding: 0; } figure { border: 0; padding: 0 0 12px; } .pair { display: block; } h2 { break-after: avoid; } thead th { position: static; } .scroll, .plot { overflow: visible; } th, td { white-space: normal; padding: 3px 3px 3px 0; } table { font-size: 6.6pt; } .valid, .invalid { font-size: inherit; } }
`;
