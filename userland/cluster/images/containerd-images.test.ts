/** Names and configurations of images for containerd, and its own configuration. */
import { withDefaults } from '../../../helper/process/default-settings';
import { containerdSocket, hasOwnContainerd, renderContainerdConfig } from '../containerd-daemon';
import { configOf, fullName } from './containerd-images';

test.each([
  ['nginx:latest', 'docker.io/library/nginx:latest'],
  ['minik8s/base:1', 'docker.io/minik8s/base:1'],
  ['localhost/a:1', 'localhost/a:1'],
  ['registry.example:5000/a/b:1', 'registry.example:5000/a/b:1'],
])('fullName() of %s is %s', (tag, expected) => {
  expect(fullName(tag)).toBe(expected);
});

test('configOf() reads the instructions our recipes use', () => {
  const changes = ['ENV A=b=c', 'EXPOSE 80', 'CMD ["nginx","-g","daemon off;"]', 'LABEL io.minik8s/built=1'];
  expect(configOf([...changes, 'ENTRYPOINT ["/pause","-P"]'])).toEqual({
    Env: ['A=b=c'],
    ExposedPorts: { '80/tcp': {} },
    Cmd: ['nginx', '-g', 'daemon off;'],
    Labels: { 'io.minik8s/built': '1' },
    Entrypoint: ['/pause', '-P'],
  });
  expect(() => configOf(['RUN true'])).toThrow('"RUN true" is not known');
});

test('a cluster starts containerd unless it is given another runtime’s socket', () => {
  const own = withDefaults({ home: '/h', runtime: 'containerd' });
  expect([hasOwnContainerd(own), containerdSocket(own)]).toEqual([true, '/h/run/containerd.sock']);
  expect(hasOwnContainerd({ ...own, criEndpoint: 'unix:///run/crio/crio.sock' })).toBe(false);
  expect(hasOwnContainerd({ ...own, runtime: 'docker' })).toBe(false);
  expect(hasOwnContainerd({ ...own, runtime: 'docker,containerd' })).toBe(true);
});

test('renderContainerdConfig() keeps everything below the home', () => {
  const text = renderContainerdConfig(withDefaults({ home: '/h', runtime: 'containerd' }), '/usr/lib/cni');
  for (const line of ['root = "/h/containerd/root"', 'state = "/h/containerd/state"', 'bin_dir = "/usr/lib/cni"']) {
    expect(text).toContain(line);
  }
  expect(text).toContain('sandbox_image = "minik8s/pause:1"');
});
