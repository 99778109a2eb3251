import { compileCel } from './compile-cel';
import { AUTHORIZER, AuthorizerValue } from './library/authorizer';
import { schemaType } from './schema-type';
import { BOOL, type CelType, DYN, INT, STRING } from './types';
import { toJson } from './values';

const OBJECT = {
  spec: {
    replicas: 3,
    ratio: 0.5,
    name: 'web',
    ports: [80, 443],
    labels: { app: 'a', 'x-y': 'b' },
    'x-y': 1,
    none: null,
  },
  containers: [{ name: 'a', image: 'x:1' }, { name: 'b' }],
};

function evaluate(expression: string, variables: Record<string, unknown> = { object: OBJECT }): unknown {
  const types = Object.fromEntries(Object.keys(variables).map((name) => [name, DYN]));
  return toJson(compileCel(expression, { variables: types }).evaluate(variables));
}

function problemOf(
  expression: string,
  variables: Record<string, CelType> = { object: DYN, i: INT, s: STRING, b: BOOL },
): string {
  try {
    compileCel(expression, { variables });
    return '';
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

describe('compileCel()', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3 - -1', 10],
    ['7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3', true],
    ['7.0 / 2.0', 3.5],
    ["'a' + \"b\" + '''c'''", 'abc'],
    ["r'\\d' + '\\u0041\\x42\\n'", '\\dAB\n'],
    ['dyn(1) == 1.0 && dyn(1u) == 1 && dyn([1]) == [1.0] && dyn({1: 2}) == {1u: 2.0}', true],
    ["'a' != 'b' && null == null && type(1) == int && type('') == string", true],
    ['true ? 1 : 2', 1],
    ['9223372036854775807 > -9223372036854775808', true],
    ['1 < 1.5 && 2u > 1', true],
    ["'b' in ['a', 'b'] && 'k' in {'k': null} && !(2 in [1])", true],
    ['[1, 2][1] + {"a": 5}["a"] + {"a": 5}.a', 12],
    ['size("äb") + [1].size() + {"a": 1}.size()', 4],
    ['int("12") + int(3.9) + int(2u)', 17],
    ['string(1) + string(2.5) + string(true) + string(b"x")', '12.5truex'],
    ["timestamp('2024-03-01T10:00:00Z').getHours() + timestamp('2024-03-01T10:00:00Z').getMonth()", 12],
    ["timestamp('2024-01-01T00:00:00Z') + duration('1h30m') == timestamp('2024-01-01T01:30:00Z')", true],
    ["duration('90s').getMinutes()", 1],
    ["timestamp('2024-03-01T23:30:00Z').getDate('+02:00')", 2],
    ["format.dns1123Label().validate('my-name').hasValue()", false],
    ["format.dns1123LabelPrefix().validate('my-name-').hasValue()", false],
    ["format.dns1123Label().validate('a.b').value()[0]", 'must not contain dots'],
    ["format.named('nobody').hasValue()", false],
    ["format.named('uuid').value().validate('x').orValue(['fine'])[0]", 'does not match the UUID format'],
    ["format.uri().validate('no uri').value()[0]", 'parse "no uri": invalid URI for request'],
    [
      "format.date().validate('2024-02-30').hasValue() && !format.datetime().validate('2024-02-28T00:00:00Z').hasValue()",
      true,
    ],
    ["format.byte().validate('aGk=').hasValue() || format.labelValue().validate('a b').value().size() != 1", false],
    ["format.qualifiedName().validate('example.com/a').hasValue()", false],
  ])('computes %s', (expression, expected) => {
    expect(evaluate(expression)).toStrictEqual(expected);
  });

  it.each([
    ['object.spec.replicas', 3],
    ['object.spec.replicas % 2 == 1 && object.spec.ratio < 1.0', true],
    ['has(object.spec.name) && !has(object.spec.missing) && !has(object.spec.none)', true],
    ['object.spec.ports.all(p, p > 0) && object.spec.ports.exists(p, p == 443)', true],
    ['object.spec.ports.exists_one(p, p == 80)', true],
    ['object.spec.ports.map(p, p + 1) == [81, 444] && object.spec.ports.map(p, p > 100, p) == [443]', true],
    ['object.containers.filter(c, has(c.image))[0].name', 'a'],
    ["object.spec.labels.all(k, k.size() > 0) && object.spec.labels['x-y'] == 'b'", true],
    ['object.spec.x__dash__y', 1],
    ["object.?spec.?missing.orValue('none')", 'none'],
    ["object.spec.?name.orValue('none') + object.spec.labels[?'app'].value()", 'weba'],
    ['object.spec.?name.optMap(n, n.size()).orValue(0)', 3],
    ['optional.none().hasValue() || optional.of(1).hasValue()', true],
    ['[1, 2].all(i, v, i + 1 == v) && {"a": 1}.exists(k, v, k == "a" && v == 1)', true],
    ['[3, 4].transformList(i, v, i * v) == [0, 4] && {"a": 1}.transformMap(k, v, v + 1) == {"a": 2}', true],
    // An error on one side does not matter when the other side decides.
    ['object.spec.missing == 1 || true', true],
    ['[1, 2].exists(x, 1 / (x - 1) == 1)', true],
    ['false && object.spec.missing', false],
  ])('evaluates %s', (expression, expected) => {
    expect(evaluate(expression)).toStrictEqual(expected);
  });

  it.each([
    ["'hello'.charAt(1) + 'hello'.substring(1, 3) + 'Ab'.lowerAscii() + 'Ab'.upperAscii()", 'eelabAB'],
    ["'a,b,c'.split(',', 2).join('-') + ' x '.trim() + 'aaa'.replace('a', 'b', 2)", 'a-b,cxbba'],
    ["'tacocat'.indexOf('ac', 2) + 'tacocat'.lastIndexOf('ac')", 1 - 1 + -1 + 1],
    ["'%s has %d of %.2f, %x'.format(['a', 3, 1.5, 255])", 'a has 3 of 1.50, ff'],
    ["'%s'.format([[1, 'b', {'k': true}]])", '[1, b, {k: true}]'],
    ["'abc'.matches('^a.c$') && 'abc 123'.find('[0-9]+') == '123'", true],
    ["'1 22 333'.findAll('[0-9]+', 2) == ['1', '22']", true],
    ['[1, 2, 3].isSorted() && [1, 2].sum() == 3 && [2, 1].min() == 1 && [2, 1].max() == 2', true],
    ['[1, 2, 1].indexOf(1) + [1, 2, 1].lastIndexOf(1)', 2],
    ["quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(quantity('0.5')) == quantity('1')", true],
    ["isQuantity('1x') || quantity('1k').asInteger() == 1000", true],
    ["url('https://a.b:80/c?d=e&d=f').getHost() + url('https://a.b/c?d=e&d=f').getQuery()['d'][1]", 'a.b:80f'],
    ["ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && !isIP('1.2.3')", true],
    ["cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", true],
    ['sets.contains([1, 2], [2]) && sets.intersects([1], [1, 3])', true],
  ])('knows the libraries: %s', (expression, expected) => {
    expect(evaluate(expression)).toStrictEqual(expected);
  });

  it.each([
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['object.spec.missing', 'no such key: missing'],
    ['object.spec.ports[5]', 'index out of bounds: 5'],
    ['object.spec.name + 1 == 2', 'no such overload'],
    ["quantity('x')", 'quantities must match'],
    ['optional.none().value()', 'optional.none() dereference'],
  ])('fails to evaluate %s', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });

  it('cancels a program that costs too much', () => {
    const list = Array.from({ length: 2000 }, (_, index) => index);
    const program = compileCel('x.all(a, x.all(b, a + b >= 0))', { variables: { x: DYN } });
    expect(() => program.evaluate({ x: list })).toThrow('operation cancelled: actual cost limit exceeded');
  });

  it.each([
    ['x', "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^"],
    [
      "i + 's'",
      "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | i + 's'\n | ..^",
    ],
    ['s.startsWith(1)', "found no matching overload for 'startsWith' applied to 'string.(int)'"],
    ['nothing(1)', "undeclared reference to 'nothing'"],
    ['i.all(x, true)', "expression of type 'int' cannot be range of a comprehension"],
    ['[1].all(x, x)', "expected type 'bool' but found 'int'"],
    ['b ? 1 : "s"', "found no matching overload for '_?_:_'"],
    ['i ==', 'Syntax error: mismatched input'],
    ['i == 1 )', "Syntax error: mismatched input ')'"],
    ['i # 1', "Syntax error: token recognition error at: '#'"],
    ['has(i)', 'invalid argument to has() macro'],
    ['[1].all(1, true)', 'argument is not an identifier'],
    ['for', 'reserved identifier: for'],
    ['a && c', "undeclared reference to 'a' (in container '')\n | a && c\n | ^\nERROR: <input>:1:6"],
  ])('refuses %s', (expression, message) => {
    expect(problemOf(expression)).toContain(message);
  });
});

describe('schemaType()', () => {
  const self = schemaType(
    {
      type: 'object',
      properties: {
        x: { type: 'integer' },
        'a-b': { type: 'number' },
        since: { type: 'string', format: 'date-time' },
        list: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
        any: { 'x-kubernetes-int-or-string': true },
      },
    },
    true,
  );

  it.each([
    ['self.z == 100', "undefined field 'z'"],
    ["self.x == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"],
    ['self.list.all(i, i.nome == "")', "undefined field 'nome'"],
    ['self.metadata.labels', "undefined field 'labels'"],
    ['self.x.y', "type 'int' does not support field selection"],
  ])('refuses %s', (expression, message) => {
    expect(problemOf(expression, { self })).toContain(message);
  });

  it('reads values as the schema types them', () => {
    const rule =
      "self.a__dash__b / 2.0 == 2.5 && self.since < timestamp('2030-01-01T00:00:00Z') && self.list[0].name == 'n' && self.any == 3";
    const value = { 'a-b': 5, since: '2024-01-01T00:00:00Z', list: [{ name: 'n' }], any: 3 };
    expect(compileCel(rule, { variables: { self } }).evaluate({ self: value })).toBe(true);
  });
});

describe('authorizer', () => {
  it('asks for what was built step by step', () => {
    const asked: unknown[] = [];
    const authorizer = new AuthorizerValue(AUTHORIZER.name, (verb, access) => {
      asked.push({ verb, ...access });
      return { allowed: true, reason: 'because' };
    });
    const rule = "authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()";
    expect(compileCel(rule, { variables: { authorizer: AUTHORIZER } }).evaluate({ authorizer })).toBe(true);
    expect(asked).toEqual([{ verb: 'create', group: 'apps', resource: 'deployments', namespace: 'x' }]);
  });
});
