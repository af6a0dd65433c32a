import { isIPv4 } from 'net';
import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, IConstruct } from 'constructs';

/** Blocks that EC2 keeps for itself (VpnTunnelOptionsSpecification.TunnelInsideCidr). */
const RESERVED_INSIDE_CIDRS = [
  '169.254.0.0/30', '169.254.1.0/30', '169.254.2.0/30', '169.254.3.0/30', '169.254.4.0/30', '169.254.5.0/30', '169.254.169.252/30',
];

/** The ASN of a virtual private gateway or transit gateway that is given none (Site-to-Site VPN User Guide, "How it works"). */
const DEFAULT_AMAZON_ASN = 64512;

/** The largest ASN that CreateCustomerGateway takes as BgpAsn; larger ones are BgpAsnExtended. */
export const LARGEST_SHORT_ASN = 2_147_483_647;
const LARGEST_ASN = 4_294_967_295;

/** Throws unless a number, if it is known, lies between two others. */
export function checkRange(name: string, value: number | undefined, least: number, most: number, unit = ''): void {
  if (value === undefined || Token.isUnresolved(value) || (value >= least && value <= most && Number.isInteger(value))) return;
  const allowed = most === Infinity ? `at least ${least}${unit}` : `a whole number from ${least} to ${most}${unit}`;
  throw new Error(`${name} must be ${allowed}, got ${value}`);
}

/** Throws unless a list holds one value or more, all of them allowed ones. */
export function checkChoices(name: string, values: readonly number[] | undefined, allowed: readonly number[]): void {
  if (values === undefined) return;
  const wrong = values.filter(value => !Token.isUnresolved(value) && !allowed.includes(value));
  if (values.length === 0 || wrong.length > 0) {
    throw new Error(`${name} must list some of ${allowed.join(', ')}, got ${values.length === 0 ? 'an empty list' : wrong.join(', ')}`);
  }
}

/** Throws unless it is a block for the inside of a tunnel. */
export function checkInsideCidr(name: string, cidr: string | undefined): void {
  if (cidr === undefined || Token.isUnresolved(cidr)) return;
  const [address = '', size] = cidr.split('/');
  const last = Number(address.split('.')[3]);
  if (!isIPv4(address) || !address.startsWith('169.254.') || size !== '30' || last % 4 !== 0) {
    throw new Error(`${name} must be a block of size /30 out of 169.254.0.0/16, such as 169.254.10.0/30, got '${cidr}'`);
  }
  if (RESERVED_INSIDE_CIDRS.includes(cidr)) {
    throw new Error(`${name} must not be one of ${RESERVED_INSIDE_CIDRS.join(', ')}, which AWS keeps for itself, got '${cidr}'`);
  }
}

/** Throws unless it is an IPv4 range without bits behind its size. */
export function checkIpv4Range(name: string, cidr: string): void {
  if (Token.isUnresolved(cidr)) return;
  const [address = '', size = '', ...rest] = cidr.split('/');
  const isRange = isIPv4(address) && /^\d{1,2}$/.test(size) && Number(size) <= 32 && rest.length === 0;
  const bits = isRange ? address.split('.').reduce((number, part) => number * 256 + Number(part), 0) : 1;
  if (!isRange || bits % 2 ** (32 - Number(size)) !== 0) throw new Error(`${name} must be IPv4 ranges like 10.20.0.0/16, got '${cidr}'`);
}

/** Throws unless it is the ASN of a device that can speak with that gateway. */
export function checkCustomerAsn(asn: number, gateway: unknown): void {
  checkRange('customerGatewayAsn', asn, 1, LARGEST_ASN);
  const amazonAsn = amazonAsnOf(gateway);
  if (asn === amazonAsn) throw new Error(`customerGatewayAsn must differ from the ASN of the gateway on AWS's side, got ${asn} for both`);
}

/** The ASN of a gateway that this app defines. */
function amazonAsnOf(gateway: unknown): number | undefined {
  if (!Construct.isConstruct(gateway)) return undefined;
  const resource = gateway.node.defaultChild ?? gateway;
  if (ec2.CfnVPNGateway.isCfnVPNGateway(resource) || ec2.CfnTransitGateway.isCfnTransitGateway(resource)) {
    return resource.amazonSideAsn ?? DEFAULT_AMAZON_ASN;
  }
  return undefined;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Throws if a secret that this app defines could hold what is no pre-shared key. A secret from elsewhere is not looked into. */
export function checkPreSharedKey(name: string, secret: IConstruct): void {
  const resource = secret.node.defaultChild;
  if (!secretsmanager.CfnSecret.isCfnSecret(resource)) return;
  const { secretString, generateSecretString: generated } = resource;
  if (secretString !== undefined && !Token.isUnresolved(secretString) && generated === undefined && !/^[A-Za-z1-9._][A-Za-z0-9._]{7,63}$/.test(secretString)) {
    throw new Error(`${name} must be 8 to 64 letters, digits, '.' and '_', not beginning with 0, got a secret with another text`);
  }
  if (generated === undefined || 'resolve' in generated) return;
  const { passwordLength = 32, excludeCharacters = '', excludeLowercase, excludeUppercase, excludeNumbers, excludePunctuation, includeSpace } = generated;
  if (!Token.isUnresolved(passwordLength) && (passwordLength < 8 || passwordLength > 64)) {
    throw new Error(`${name} must have 8 to 64 characters, got a secret with passwordLength ${passwordLength}`);
  }
  const alphabet = [
    ...excludeLowercase === true ? '' : LETTERS, ...excludeUppercase === true ? '' : LETTERS.toUpperCase(), ...excludeNumbers === true ? '' : '0123456789',
    ...excludePunctuation === true ? '' : PUNCTUATION, ...includeSpace === true ? ' ' : '',
  ].filter(character => !excludeCharacters.includes(character));
  const wrong = alphabet.filter(character => !/[A-Za-z0-9._]/.test(character));
  if (wrong.length > 0) {
    throw new Error(`${name} must consist of letters, digits, '.' and '_', got a secret that may hold ${wrong.join(' ')}: set excludePunctuation: true`);
  }
  if (alphabet.includes('0')) throw new Error(`${name} must not begin with 0, which a generated secret may: set excludeCharacters: '0'`);
}
