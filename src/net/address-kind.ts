import { BlockList, isIP } from 'node:net';

/**
 * `public`: anybody may reach it. `private`: of this machine or its network, for those who allow that.
 * `refused`: nobody serves pictures there, but cloud metadata, tunnels and routers may answer.
 */
export type AddressKind = 'public' | 'private' | 'refused';

const PRIVATE_IPV4 = ipv4List([
  '10.0.0.0/8',
  // Carrier-grade NAT.
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
]);

/** IANA's special-purpose registry, without the private ranges. */
const REFUSED_IPV4 = ipv4List([
  // "This network": 0.0.0.0 reaches the machine itself.
  '0.0.0.0/8',
  // Cloud metadata: in the carriers' range (Alibaba), on link-local addresses, on a public one (Azure).
  '100.100.100.200/32',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  // Documentation.
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Relays into IPv6.
  '192.88.99.0/24',
  // Benchmarks.
  '198.18.0.0/15',
  // Multicast, reserved, broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

const PRIVATE_IPV6 = ipv6List(['::1/128', 'fc00::/7']);

/** The only part of IPv6 that is routed; mapped, translated and link-local addresses lie outside. */
const GLOBAL_IPV6 = ipv6List(['2000::/3']);

const REFUSED_IPV6 = ipv6List([
  // Teredo, ORCHID, benchmarks.
  '2001::/23',
  // Documentation.
  '2001:db8::/32',
  '3fff::/20',
  // 6to4: an IPv4 address inside.
  '2002::/16',
  // Metadata of AWS, in the private range.
  'fd00:ec2::254/128',
]);

/** @param address as a resolver gives it; whatever is no IP address is refused. */
export function addressKind(address: string): AddressKind {
  switch (isIP(address)) {
    case 4:
      if (REFUSED_IPV4.check(address)) return 'refused';
      return PRIVATE_IPV4.check(address) ? 'private' : 'public';
    case 6:
      return ipv6Kind(address);
    default:
      return 'refused';
  }
}

function ipv6Kind(address: string): AddressKind {
  // Only link-local addresses need a zone.
  if (address.includes('%') || REFUSED_IPV6.check(address, 'ipv6')) return 'refused';
  if (PRIVATE_IPV6.check(address, 'ipv6')) return 'private';
  return GLOBAL_IPV6.check(address, 'ipv6') && !isIsatap(address) ? 'public' : 'refused';
}

/** A tunnel into IPv4 under any prefix: its interface identifier is [02]00:5efe and an IPv4 address. */
function isIsatap(address: string): boolean {
  const [, , , , fifth = '', sixth = ''] = groupsOf(address);
  return /^(0|200)$/.test(fifth) && sixth === '5efe';
}

/** The eight groups in lower-case hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

function ipv4List(subnets: string[]): BlockList {
  return listOf(subnets, 'ipv4');
}

function ipv6List(subnets: string[]): BlockList {
  return listOf(subnets, 'ipv6');
}

function listOf(subnets: string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits] = subnet.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
