import type { Attachment } from './attachment-store';
import { type NodeRulesPlan, renderNodeRules, renderNodeRulesRemoval } from './node-rules';

const PLAN: NodeRulesPlan = {
  chainPrefix: 'KUBE',
  bridgeName: 'cbr0',
  clusterCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/12',
};

const WEB: Attachment = {
  pod: { uid: 'u1', namespace: 'default', name: 'web' },
  ip: '10.244.1.5',
  hostInterface: 'veth1',
  namespaceId: 'net:[1]',
  hostPorts: [
    { hostPort: 8080, containerPort: 80, protocol: 'TCP' },
    { hostPort: 53, containerPort: 5353, protocol: 'UDP', hostIp: '127.0.0.1' },
  ],
};

/** What `iptables-save` prints for our jumps, options in its own order. */
const SAVED = `*filter
:INPUT ACCEPT [0:0]
:KUBE-POD-FORWARD - [0:0]
:KUBE-POD-INPUT - [0:0]
:KUBE-UNTRANSLATED - [0:0]
-A INPUT -m comment --comment "minik8s loopback stays local" -j KUBE-POD-INPUT
-A FORWARD -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-A FORWARD -m comment --comment "minik8s pod traffic" -j KUBE-POD-FORWARD
-A OUTPUT -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-A KUBE-POD-FORWARD -s 10.244.0.0/16 -j ACCEPT
COMMIT
*nat
:KUBE-HOSTPORTS - [0:0]
:KUBE-POD-MASQ - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-A OUTPUT -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-A POSTROUTING -j KUBE-POD-MASQ
COMMIT
`;

describe('renderNodeRules()', () => {
  test('renders every chain and jump on a machine without any', () => {
    expect(renderNodeRules(PLAN, [WEB], '')).toBe(`*nat
:KUBE-HOSTPORTS - [0:0]
:KUBE-POD-MASQ - [0:0]
-I PREROUTING 1 -m comment --comment "minik8s host ports" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-I OUTPUT 1 -m comment --comment "minik8s host ports" -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-I POSTROUTING 1 -m comment --comment "minik8s pod masquerade" -j KUBE-POD-MASQ
-A KUBE-HOSTPORTS -p tcp -m comment --comment "default/web hostport 8080" -m tcp --dport 8080 -j DNAT --to-destination 10.244.1.5:80
-A KUBE-HOSTPORTS -d 127.0.0.1/32 -p udp -m comment --comment "default/web hostport 53" -m udp --dport 53 -j DNAT --to-destination 10.244.1.5:5353
-A KUBE-POD-MASQ -s 10.244.1.5/32 -d 10.244.1.5/32 -p tcp -m comment --comment "default/web hostport 8080" -m tcp --dport 80 -j MASQUERADE
-A KUBE-POD-MASQ -s 10.244.1.5/32 -d 10.244.1.5/32 -p udp -m comment --comment "default/web hostport 53" -m udp --dport 5353 -j MASQUERADE
-A KUBE-POD-MASQ -s 127.0.0.0/8 -o cbr0 -m comment --comment "loopback to a host port" -j MASQUERADE
-A KUBE-POD-MASQ -d 10.244.0.0/16 -m comment --comment "pods see each other as they are" -j RETURN
-A KUBE-POD-MASQ -d 10.96.0.0/12 -m comment --comment "services are kube-proxy work" -j RETURN
-A KUBE-POD-MASQ -d 224.0.0.0/4 -m comment --comment "multicast" -j RETURN
-A KUBE-POD-MASQ -s 10.244.0.0/16 -m comment --comment "pods leaving the cluster" -j MASQUERADE
COMMIT
*filter
:KUBE-POD-FORWARD - [0:0]
:KUBE-POD-INPUT - [0:0]
:KUBE-UNTRANSLATED - [0:0]
-I FORWARD 1 -m comment --comment "minik8s pod traffic" -j KUBE-POD-FORWARD
-I FORWARD 1 -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-I OUTPUT 1 -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-I INPUT 1 -m comment --comment "minik8s loopback stays local" -j KUBE-POD-INPUT
-A KUBE-POD-FORWARD -s 10.244.0.0/16 -m comment --comment "from pods" -j ACCEPT
-A KUBE-POD-FORWARD -d 10.244.0.0/16 -m comment --comment "to pods" -j ACCEPT
-A KUBE-POD-INPUT ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block traffic to localnet" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-UNTRANSLATED -d 10.96.0.0/12 -p tcp -m comment --comment "no rule for this address" -j REJECT --reject-with tcp-reset
-A KUBE-UNTRANSLATED -d 10.96.0.0/12 -m comment --comment "no rule for this address" -j REJECT
-A KUBE-UNTRANSLATED -d 224.0.0.0/4 -m comment --comment "multicast" -j RETURN
-A KUBE-UNTRANSLATED ! -d 10.244.0.0/16 -o cbr0 -m conntrack ! --ctstate DNAT -p tcp -m comment --comment "no rule for this address" -j REJECT --reject-with tcp-reset
-A KUBE-UNTRANSLATED ! -d 10.244.0.0/16 -o cbr0 -m conntrack ! --ctstate DNAT -m comment --comment "no rule for this address" -j REJECT
COMMIT
`);
  });

  test('adds no jump that is there, in whatever order it is printed', () => {
    expect(renderNodeRules(PLAN, [], SAVED)).not.toContain('-I ');
  });

  test('adds only the jump that someone removed', () => {
    const damaged = SAVED.replace('-A POSTROUTING -j KUBE-POD-MASQ\n', '');
    const inserted = renderNodeRules(PLAN, [], damaged).match(/^-I .*$/gm);
    expect(inserted).toEqual(['-I POSTROUTING 1 -m comment --comment "minik8s pod masquerade" -j KUBE-POD-MASQ']);
  });

  test('does not take a jump of one table for that of another', () => {
    const filterOnly = SAVED.slice(0, SAVED.indexOf('*nat'));
    expect(renderNodeRules(PLAN, [], filterOnly).match(/^-I .*$/gm)).toHaveLength(3);
  });
});

describe('renderNodeRulesRemoval()', () => {
  test('takes out our jumps and chains and nothing else', () => {
    expect(renderNodeRulesRemoval('KUBE', SAVED)).toBe(`*nat
-D PREROUTING -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-D OUTPUT -m addrtype --dst-type LOCAL -j KUBE-HOSTPORTS
-D POSTROUTING -j KUBE-POD-MASQ
-F KUBE-HOSTPORTS
-X KUBE-HOSTPORTS
-F KUBE-POD-MASQ
-X KUBE-POD-MASQ
COMMIT
*filter
-D INPUT -m comment --comment "minik8s loopback stays local" -j KUBE-POD-INPUT
-D FORWARD -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-D FORWARD -m comment --comment "minik8s pod traffic" -j KUBE-POD-FORWARD
-D OUTPUT -m comment --comment "minik8s no such service" -j KUBE-UNTRANSLATED
-F KUBE-POD-FORWARD
-X KUBE-POD-FORWARD
-F KUBE-POD-INPUT
-X KUBE-POD-INPUT
-F KUBE-UNTRANSLATED
-X KUBE-UNTRANSLATED
COMMIT
`);
  });

  test('is empty when nothing of ours is there', () => {
    expect(renderNodeRulesRemoval('OTHER', SAVED)).toBe('');
    expect(renderNodeRulesRemoval('KUBE', '')).toBe('');
  });
});
