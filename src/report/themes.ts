/** Colours and type of the pictures, on light and on dark ground. Plain data: the page carries it too. */

export interface Theme {
  name: 'light' | 'dark';
  /** Config of Vega-Lite. */
  config: { [key: string]: unknown };
}

const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

function theme(
  name: Theme['name'],
  ink: string,
  soft: string,
  grid: string,
  category: string[],
  ramp: string[],
  alarm: string,
): Theme {
  return {
    name,
    config: {
      background: 'transparent',
      font: FONT,
      padding: 6,
      view: { stroke: 'transparent' },
      axis: {
        labelColor: ink,
        titleColor: ink,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 500,
        titlePadding: 8,
        gridColor: grid,
        domainColor: soft,
        tickColor: soft,
      },
      axisQuantitative: { tickCount: 7 },
      legend: {
        labelColor: ink,
        titleColor: ink,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 500,
        orient: 'top',
        labelLimit: 0,
        symbolStrokeWidth: 2,
      },
      header: { labelColor: ink, titleColor: ink },
      text: { color: ink, fontSize: 11.5 },
      range: { category, ramp, heatmap: ramp },
      bar: { color: category[0] },
      rule: { color: soft },
      tick: { color: ink },
      line: { strokeWidth: 2 },
      point: { filled: true, size: 70 },
      style: {
        ink: { color: ink, stroke: ink },
        soft: { color: soft, stroke: soft },
        name: { color: ink, fill: ink, fontSize: 12 },
        value: { color: soft, fill: soft, fontSize: 12 },
        calm: { color: category[2], stroke: category[2], fill: category[2] },
        alarm: { color: alarm, stroke: alarm, fill: alarm },
        isoline: { color: soft, stroke: soft, strokeDash: [4, 4] },
        isolabel: { color: soft, fill: soft, fontSize: 11 },
      },
    },
  };
}

/** Distinguishable with the common colour deficiencies (after Okabe and Ito), darkened or lightened for the ground. */
export const THEMES: readonly [light: Theme, dark: Theme] = [
  theme(
    'light',
    '#1f2933',
    '#7b8794',
    '#e4e7eb',
    ['#1f6fb2', '#c8500b', '#12805c', '#a63d76', '#6b55b5', '#8a6d0b', '#0b8a9c', '#5f6b7a'],
    ['#cfe1f3', '#9cc3e6', '#4a8fca', '#1f5f9c', '#0b2f57'],
    '#b42318',
  ),
  theme(
    'dark',
    '#e4e7eb',
    '#8794a4',
    '#323f4b',
    ['#62a9e8', '#f3935a', '#4fc79a', '#e08ab8', '#a997ea', '#d9bb54', '#58c7d6', '#a7b3c2'],
    ['#22384f', '#24517c', '#3f84bf', '#83bdeb', '#e3f1fd'],
    '#ff7a66',
  ),
];
