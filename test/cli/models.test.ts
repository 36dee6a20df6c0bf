/** `isochron models` through the real command line. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { isochron, scratch, start, until } from './helpers.js';

const folder = scratch();
const env = { ISOCHRON_CACHE: join(folder, 'cache') };

describe('isochron models', () => {
  test('builds a network into a file or into the cache, and says where', async () => {
    const file = join(folder, 'new', 'net.tflite');
    const built = await isochron(['models', 'build', 'cnv_25@int8', '-o', file], { env });
    expect(built).toMatchObject({ status: 0, stdout: `cnv_25@int8: 0.4 MB, ${file}\n` });
    const quiet = await isochron(
      ['models', 'build', 'mobilenet_v1', '--alpha', '0.25', '--resolution', '32', '--quiet'],
      { env },
    );
    expect(quiet.status).toBe(0);
    expect(quiet.stdout.trim()).toMatch(/mobilenet_v1_0\.25_32-g\d+\.tflite$/);
    expect(statSync(quiet.stdout.trim()).size).toBeGreaterThan(1e6);
  });

  test('lists networks with their figures, as a table or as JSON', async () => {
    const table = await isochron(['models', 'list'], { env });
    expect(table.status).toBe(0);
    for (const name of ['vgg19', 'inception_resnet_v2', 'yolov3_tiny', 'efficientnet_lite4', 'c3d'])
      expect(table.stdout).toMatch(new RegExp(`^${name} `, 'm'));
    const one = await isochron(['models', 'list', 'mobilenet_v2_0.5_160', '--json'], { env });
    const [network] = JSON.parse(one.stdout);
    expect(network).toMatchObject({ name: 'mobilenet_v2_0.5_160', input: [1, 160, 160, 3] });
    expect(network.ops).toBe(2 * network.macs);
    expect(network.bytes.fp32).toBeGreaterThan(3 * network.bytes.uint8);
  });

  test('lists every network that is named', async () => {
    const { stdout } = await isochron(['models', 'list', 'vgg19', 'c3d', '--json'], { env });
    expect(JSON.parse(stdout).map((network: { name: string }) => network.name)).toEqual([
      'vgg19',
      'c3d',
    ]);
  });

  test('inspects a file and a name alike', async () => {
    const file = join(folder, 'cifarnet.tflite');
    await isochron(['models', 'build', 'cifarnet', '-o', file], { env });
    const [byFile, byName] = await Promise.all(
      [file, 'cifarnet'].map(async (name) =>
        JSON.parse((await isochron(['models', 'inspect', name, '--json'], { env })).stdout),
      ),
    );
    expect({ ...byFile, name: '' }).toEqual({ ...byName, name: '' });
    const tree = await isochron(['models', 'inspect', file], { env });
    expect(tree.stdout).toContain('9 operators');
  });

  test('stores the weights of a file in fewer bits', async () => {
    const half = join(folder, 'half.tflite');
    const result = await isochron(
      ['models', 'quantize', 'cnv_50', '-o', half, '--precision', 'fp16'],
      { env },
    );
    expect(result.status).toBe(0);
    expect(statSync(half).size).toBeLessThan(3.2e6);
    const { stdout } = await isochron(['models', 'inspect', half], { env });
    expect(stdout).toContain('fp32 (fp16 weights)');
  });

  test('tells wrong names from wrong files by its exit code', async () => {
    const cases: [string[], number, string][] = [
      [['models', 'build', 'mobilenet_v9'], 2, 'no network named mobilenet_v9'],
      [['models', 'build', 'c3d@int8'], 2, 'cannot be built in int8'],
      [['models', 'build', 'vgg16', '--alpha', '0.5'], 2, 'has no alpha'],
      [['models', 'build', 'mobilenet_v1', '--seed', '-1'], 2, 'seed'],
      [['models', 'build', 'cnv_25', '-o', '/dev/null/x.tflite'], 1, 'Cannot write'],
      [['models', 'inspect', join(folder, 'none.tflite')], 1, 'no model file'],
      [['models', 'inspect', folder], 1, 'is a folder'],
      [['models'], 2, 'Name what to do'],
    ];
    for (const [args, status, text] of cases) {
      const result = await isochron(args, { env });
      expect(result.status, args.join(' ')).toBe(status);
      expect(result.stderr).toContain(text);
      expect(result.stderr).not.toContain('    at ');
    }
  });

  test('leaves no part of a file when it is interrupted', async () => {
    const target = join(folder, 'interrupted');
    const { child, result } = start(
      ['models', 'build', 'vgg16', '-o', join(target, 'vgg16.tflite')],
      { env },
    );
    await until(() => existsSync(target) && readdirSync(target).length > 0, 'the file to begin');
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    expect(readdirSync(target)).toEqual([]);
  });
});
