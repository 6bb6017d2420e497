import { describe, expect, it } from 'vitest';
import { addressKind } from '../../src/net/address-kind.js';

describe('addressKind', () => {
  it.for([
    '1.1.1.1',
    '93.184.215.14',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:200::1',
    '2a00:1450:4001:82f::200e',
    '2a00:1450:4001:82f:0:5efd:808:808',
  ])('takes %s for public', (address) => {
    expect(addressKind(address)).toBe('public');
  });

  it.for([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.255'],
    ['private', '10.0.0.0'],
    ['private', '10.255.255.255'],
    ['private', '172.16.0.0'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['carrier-grade NAT', '100.64.0.0'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['IPv6 loopback', '::1'],
    ['IPv6 loopback, written out', '0:0:0:0:0:0:0:1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff:ffff::1'],
  ])('takes %s %s for private', ([, address = '']) => {
    expect(addressKind(address)).toBe('private');
  });

  it.for([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['link-local and metadata', '169.254.169.254'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of AWS', 'fd00:ec2::254'],
    ['protocol assignments and metadata of Oracle', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['6to4 relay', '192.88.99.1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', '239.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified IPv6', '::'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped', '::ffff:a9fe:a9fe'],
    ['IPv4-mapped public', '::ffff:1.1.1.1'],
    ['IPv4-translated', '::ffff:0:7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64', '64:ff9b::10.0.0.1'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['6to4', '2002:7f00:1::1'],
    ['6to4', '2002:a00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['ORCHID', '2001:20::1'],
    ['IPv6 benchmarks', '2001:2::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['IPv6 documentation', '3fff::1'],
    ['ISATAP', '2a00:1450::5efe:10.0.0.1'],
    ['ISATAP', '2a00:1450:4001:82f:200:5efe:a00:1'],
    ['link-local IPv6', 'fe80::1'],
    ['link-local IPv6 with a zone', 'fe80::1%eth0'],
    ['a zone on a public address', '2606:4700:4700::1111%eth0'],
    ['site-local', 'fec0::1'],
    ['discard only', '100::1'],
    ['segment routing', '5f00::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['nothing', ''],
    ['a name', 'localhost'],
    ['an odd IPv4 form, which a resolver never gives', '0x7f.1'],
    ['leading zeros', '0127.0.0.1'],
  ])('refuses %s %s', ([, address = '']) => {
    expect(addressKind(address)).toBe('refused');
  });
});
