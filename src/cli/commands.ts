/** Every command, in the order in which the help names them. */
import type { CommandModule } from 'yargs';
import { compareCommand } from './compare.js';
import { completionCommand } from './completion.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { eventsCommand } from './events.js';
import { firstRunCommand } from './first-run.js';
import { importCommand } from './import.js';
import { isolateCommand } from './isolate.js';
import { modelsCommand } from './models.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { sweepCommand } from './sweep.js';
import { traceCommand } from './trace.js';

export const COMMANDS = [
  runCommand,
  demoCommand,
  sweepCommand,
  compareCommand,
  reportCommand,
  firstRunCommand,
  traceCommand,
  importCommand,
  doctorCommand,
  isolateCommand,
  eventsCommand,
  engineCommand,
  modelsCommand,
  completionCommand,
] as unknown as readonly CommandModule[];
