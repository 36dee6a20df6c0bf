/** The cgroups that share out this process's CPU time. */
import { readText } from '../kernel/system-files.js';

/** Folders of the groups that this process is in, and of those above them that can be seen, innermost first: v1's hierarchy of the cpu controller, and v2's. */
export function cpuGroups(root: string): string[] {
  const entries = (readText(root, 'proc/self/cgroup') ?? '').split('\n').map((line) => {
    const [, controllers = '', ...path] = line.split(':');
    return { controllers: controllers.split(','), path: path.join(':') };
  });
  const folders: string[] = [];
  // proc_pid_mountinfo(5): …, root of the mount within its file system, where it is mounted, …, -, type, source, its options
  for (const line of (readText(root, 'proc/self/mountinfo') ?? '').split('\n')) {
    const [own = '', rest = ''] = line.split(' - ');
    const [, , , top = '', mounted = ''] = own.split(' ').map(unescaped);
    const [type, , options = ''] = rest.split(' ');
    const v1 = type === 'cgroup' && options.split(',').includes('cpu');
    if (!v1 && type !== 'cgroup2') continue;
    const group = entries.find(({ controllers }) => controllers.includes(v1 ? 'cpu' : ''));
    for (let path = group && below(top, group.path); path !== undefined; path = parent(path))
      folders.push(`${mounted}${path}`);
  }
  return folders;
}

/** A group's path below the one that is mounted, '' for that itself; undefined for one that is elsewhere. */
function below(top: string, path: string): string | undefined {
  const above = top === '/' ? '' : top;
  if (path !== top && !path.startsWith(`${above}/`)) return undefined;
  const rest = path.slice(above.length).replace(/\/$/, '');
  // seen from a cgroup namespace that it is not in (`/../…`)
  return rest.split('/').includes('..') ? undefined : rest;
}

const parent = (path: string) => (path === '' ? undefined : path.slice(0, path.lastIndexOf('/')));

const unescaped = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
