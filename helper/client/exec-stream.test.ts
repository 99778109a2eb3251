import { exitCodeOfStatus } from './exec-stream';

describe('exitCodeOfStatus()', () => {
  it.each([
    [0, { status: 'Success' as const }],
    [
      7,
      {
        status: 'Failure' as const,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '7' }] },
      },
    ],
  ])('is %d', (code, status) => {
    expect(exitCodeOfStatus(status)).toBe(code);
  });

  it('throws what kept the command from running', () => {
    expect(() => exitCodeOfStatus({ status: 'Failure', message: 'container not found' })).toThrow(
      'container not found',
    );
  });
});
