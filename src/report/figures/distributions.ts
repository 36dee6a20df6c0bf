/** The shape of each distribution of the inference time. */
import { formatNs } from '../../kernel/quantities.js';
import { bandsOf } from '../bands.js';
import type { Configuration, ConfigurationTime } from '../configurations.js';
import {
  type Datum,
  type Figure,
  inBoth,
  missing,
  plainAxis,
  round,
  SWITCHED_SCALE,
  timeUnit,
  titled,
} from '../figure.js';
import { colouringOf } from '../label-lines.js';
import { extremes, groupColour, named, number } from '../marks.js';

/** Medians further apart than this leave a linear axis to the slowest. */
const FAR_APART = 6;

export function violinFigure(configurations: readonly Configuration[]): Figure {
  const head = {
    id: 'violins',
    section: 'Job by job' as const,
    title: 'Shape of the distribution',
  };
  const known = configurations.flatMap((c) =>
    c.time === null || c.time.density.length === 0 ? [] : [{ ...c, time: c.time }],
  );
  const ends = extremes(known, (c) => c.time.median.median);
  if (ends === null)
    return missing(head, 'No run has the six jobs, besides the first, that a shape needs.');
  const endOf = ({ time }: { time: ConfigurationTime }) => time.density.at(-1)?.at ?? time.max;
  const unit = timeUnit(known.map(endOf));
  const scaled = (v: number | null) => (v === null ? null : round(v / unit.factor));
  const colouring = colouringOf(known);
  const rows: Datum[] = known.flatMap((c) =>
    c.time.density.map(({ at, density }) => ({
      configuration: c.label,
      time: scaled(at),
      density: round(density * unit.factor),
    })),
  );
  const widest = extremes(known, (c) => spreadOf(c.time))?.most as (typeof known)[number];
  return {
    ...head,
    message: `${known.length > 1 ? `The widest for its median is ${widest.label}: nearly` : 'Nearly'} all jobs took between ${formatNs(widest.time.density[0]?.at ?? 0)} and ${formatNs(endOf(widest))}, with a median of ${formatNs(widest.time.median.median)}.`,
    caption:
      'Width is density (each one’s greatest is drawn equally wide), cut where the data end; the dot is the median. Jobs of all processes, without the first job and the warm-up.',
    rows,
    log: {
      label: 'logarithmic time',
      on: ends.most.time.median.median > FAR_APART * ends.least.time.median.median,
    },
    specs: inBoth((layout) => {
      const room = known.length > 20 ? 20 : 32;
      const bands = bandsOf(
        known.map((c) => c.label),
        layout,
        { room },
      );
      const outline = known.flatMap((c) => {
        const highest = Math.max(...c.time.density.map((p) => p.density));
        const centre = bands.at(c.label);
        return spike(c.time.density).map((p) => {
          const half = (0.5 * room * p.density) / highest;
          return {
            configuration: c.label,
            ...(colouring === null ? {} : { group: colouring.of(c) }),
            time: scaled(p.at),
            low: round(centre - half),
            high: round(centre + half),
          };
        });
      });
      const x = {
        field: 'time',
        type: 'quantitative',
        title: titled('inference time', unit),
        scale: SWITCHED_SCALE,
        axis: plainAxis(layout),
      };
      const dots = known.map((c) => ({
        configuration: c.label,
        time: scaled(c.time.median.median),
        jobs: c.time.jobs,
        y: round(bands.at(c.label)),
      }));
      return {
        height: bands.height,
        layer: [
          {
            data: { values: outline },
            mark: { type: 'area', opacity: 0.75, line: false },
            encoding: {
              x,
              y: bands.y('low'),
              y2: { field: 'high' },
              detail: { field: 'configuration' },
              ...groupColour(colouring, layout),
            },
          },
          {
            data: { values: dots },
            mark: { type: 'point', size: 30, style: 'ink', opacity: 1 },
            encoding: {
              x,
              y: bands.y('y'),
              tooltip: [
                named,
                number('time', titled('median', unit)),
                { field: 'jobs', title: 'jobs' },
              ],
            },
          },
          ...bands.layers,
        ],
      };
    }),
    notes:
      known.length < configurations.length
        ? [
            `Without ${configurations.length - known.length} of ${configurations.length} configurations, which have fewer than six jobs.`,
          ]
        : [],
  };
}

/** Of what is drawn, relative to the median. */
const spreadOf = ({ density, median }: ConfigurationTime): number =>
  ((density.at(-1)?.at ?? 0) - (density[0]?.at ?? 0)) / median.median;

/** Constant data: a thin box. */
function spike(density: ConfigurationTime['density']): ConfigurationTime['density'] {
  const [only, more] = density;
  if (only === undefined || more !== undefined) return density;
  return [0.9995, 1.0005].map((factor) => ({ at: only.at * factor, density: 1 }));
}
