/** The CSVs of a run whose events took several passes: `out.csv` has `out.pass2.csv`, `out.pass3.csv`, … */

/** @param pass from 1 */
export function passPath(csv: string, pass: number): string {
  if (pass === 1) return csv;
  const [stem, ending] = csv.endsWith('.csv') ? [csv.slice(0, -4), '.csv'] : [csv, ''];
  return `${stem}.pass${pass}${ending}`;
}

/** The CSV of the first pass; a file that is not named as a further one is its own. */
export const firstPassPath = (csv: string): string => csv.replace(/\.pass\d+(?=\.csv$)/, '');
