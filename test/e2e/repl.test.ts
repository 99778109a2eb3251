/**
 * The prompt as a person meets it: `./run.sh kubectl` in a pseudo-terminal, typed at key by key, read as it is drawn.
 *
 * util-linux' `script` gives the process a terminal; what the terminal shows is read with its control sequences taken out.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, command, eventually, PROJECT_ROOT } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

const ENTER = '\r';
const TAB = '\t';
const UP = '\u001b[A';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Cursor movements, colours and other control sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /\u001b\[[0-9;?]*[A-Za-z]|\u001b[=>]|\r/g;

/** A process in a terminal of its own. */
class Terminal {
  private text = '';
  private readonly child: ChildProcess;
  private ended: number | null | undefined;

  constructor(line: string, env: NodeJS.ProcessEnv) {
    this.child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...env, TERM: 'xterm', COLUMNS: '200', LINES: '50' },
      cwd: PROJECT_ROOT,
    });
    const keep = (chunk: Buffer) => {
      this.text += chunk.toString();
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.child.on('exit', (code) => {
      this.ended = code;
    });
  }

  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** What is drawn since the mark. */
  since(mark: number): string {
    return this.text.slice(mark).replace(CONTROL, '');
  }

  get mark(): number {
    return this.text.length;
  }

  /** Types, and resolves with everything drawn after it once that matches. */
  async typeUntil(keys: string, pattern: RegExp): Promise<string> {
    const { mark } = this;
    this.type(keys);
    return eventually(() => (pattern.test(this.since(mark)) ? this.since(mark) : undefined), 20_000);
  }

  /** The exit code, once it has ended. */
  async exitCode(): Promise<number | null> {
    await eventually(() => this.ended !== undefined, 20_000);
    return this.ended ?? null;
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

describe('./run.sh kubectl, at the prompt', () => {
  let cluster: Cluster;
  let terminal: Terminal;

  const scenario = oneCluster({ needs: [], args: ['--runtime', 'simulated', '--store', 'embedded'] }, (started) => {
    cluster = started;
  });

  beforeEach(async () => {
    terminal = new Terminal(`${join(PROJECT_ROOT, 'run.sh')} kubectl`, cluster.env);
    await terminal.typeUntil('', />>> $/);
  });
  afterEach(() => terminal?.close());

  scenario('runs standard and dialect verbs in any case, and exits with 0', async () => {
    expect(await terminal.typeUntil(`SHOW nodes${ENTER}`, /cpu_use_percent[\s\S]*>>> $/)).toMatch(
      /name +status +working_url +total_memory +memory_use_percent +cpu_use_percent\n\S+ +Running +https:/,
    );
    expect(await terminal.typeUntil(`get ns -o name${ENTER}`, /kube-system\s+>>> $/)).toContain('namespace/default');
    expect(await terminal.typeUntil(`kubectl show pods${ENTER}`, /strategy[\s\S]*>>> $/)).toContain('instance_name');
    terminal.type(`exit${ENTER}`);
    expect(await terminal.exitCode()).toBe(0);
  });

  scenario('says so when a command does not exist, and which one is nearest', async () => {
    const shown = await terminal.typeUntil(`shwo pods${ENTER}`, /Did you mean[\s\S]*>>> $/);
    expect(shown).toMatch(/unknown command "shwo"[\s\S]*\n\s*show\n/);
  });

  scenario('TAB completes verbs, kinds and names of live objects', async () => {
    await terminal.typeUntil(`create configmap tab-target --from-literal=a=1${ENTER}`, /created[\s\S]*>>> $/);
    await terminal.typeUntil(`desc${TAB}`, /describe /);
    await terminal.typeUntil(`configm${TAB}`, /configmaps /);
    await terminal.typeUntil(`tab-t${TAB}`, /tab-target/);
    expect(await terminal.typeUntil(ENTER, /Data[\s\S]*>>> $/)).toMatch(/Name: +tab-target/);
  });

  scenario('keeps the history from one session to the next', async () => {
    await terminal.typeUntil(`api-versions${ENTER}`, /apps\/v1[\s\S]*>>> $/);
    terminal.type(CTRL_D);
    expect(await terminal.exitCode()).toBe(0);
    expect(readFileSync(join(cluster.home, 'repl-history'), 'utf8')).toMatch(/api-versions\n$/);
    const again = new Terminal(`${join(PROJECT_ROOT, 'run.sh')} kubectl`, cluster.env);
    try {
      await again.typeUntil('', />>> $/);
      await again.typeUntil(UP, /api-versions/);
      await again.typeUntil(ENTER, /apps\/v1[\s\S]*>>> $/);
    } finally {
      again.close();
    }
  });

  scenario('Ctrl-C ends the command that runs, not the prompt', async () => {
    await terminal.typeUntil(`get ns -w${ENTER}`, /kube-system/);
    await terminal.typeUntil(CTRL_C, />>> $/);
    expect(await terminal.typeUntil(`get ns -o name${ENTER}`, /kube-system\s+>>> $/)).toContain('namespace/default');
  });

  scenario('a line works the same behind ./run.sh kubectl', async () => {
    const { code, stdout } = await cluster.run('kubectl', 'show', 'nodes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^name +status +working_url/);
    const piped = await command(join(PROJECT_ROOT, 'run.sh'), ['kubectl'], {
      env: cluster.env,
      stdin: 'show nodes\nexit\n',
    });
    expect(piped.stdout.split('\n')[0]).toBe(stdout.split('\n')[0]);
  });
});
