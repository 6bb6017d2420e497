import { describe, expect, it } from 'vitest';
import { checkedUrl } from '../../src/net/checked-url.js';

describe('checkedUrl', () => {
  it.for([
    ['https://example.com/a.jpg', 'https://example.com/a.jpg'],
    ['HTTPS://Example.COM:443/a.jpg', 'https://example.com/a.jpg'],
    ['https://example.com:8443/a b.jpg?w=1#x', 'https://example.com:8443/a%20b.jpg?w=1#x'],
    ['https://bücher.example/ä.jpg', 'https://xn--bcher-kva.example/%C3%A4.jpg'],
    ['https://1.1.1.1/a.jpg', 'https://1.1.1.1/a.jpg'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
  ])('takes %s', ([text = '', href]) => {
    expect(checkedUrl(text).href).toBe(href);
  });

  it.for([
    ['http://example.com/a.jpg', 'only https: addresses are fetched, not http:'],
    ['ftp://example.com/a.jpg', 'only https: addresses are fetched, not ftp:'],
    ['file:///etc/passwd', 'only https: addresses are fetched, not file:'],
    ['data:image/png,x', 'only https: addresses are fetched, not data:'],
    ['https://ann:secret@example.com/', 'an address may not carry a user name or a password'],
    ['https://ann@example.com/', 'an address may not carry a user name or a password'],
    ['https://example.com@127.0.0.1/', 'an address may not carry a user name or a password'],
    ['https://example.com:80/', 'port 80 is not allowed'],
    ['https://example.com:6379/', 'port 6379 is not allowed'],
  ])('refuses %s in words', ([text = '', message]) => {
    expect(refusalOf(text)).toEqual({ kind: 'AddressNotAllowed', message });
  });

  it.for([
    ['dotted', 'https://127.0.0.1/'],
    ['short', 'https://127.1/'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['octal without dots', 'https://017700000001/'],
    ['hexadecimal', 'https://0x7f.1/'],
    ['hexadecimal without dots', 'https://0x7f000001/'],
    ['percent-encoded', 'https://%31%32%37.0.0.1/'],
    ['full-width digits', 'https://１２７.0.0.1/'],
    ['ideographic full stops', 'https://127。0。0。1/'],
    ['trailing dot', 'https://127.0.0.1./'],
    ['zero', 'https://0/'],
    ['metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['decimal metadata', 'https://2852039166/'],
    ['IPv6', 'https://[::1]/'],
    ['IPv6 written out', 'https://[0:0:0:0:0:0:0:1]/'],
    ['unspecified IPv6', 'https://[::]/'],
    ['IPv4-mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4-mapped in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['unique local', 'https://[fd00::1]/'],
  ])('refuses an address that is not public in its form "%s": %s', ([, text = '']) => {
    expect(refusalOf(text)).toEqual({
      kind: 'AddressNotAllowed',
      message: 'this address is not public',
    });
  });

  it.for(['', 'example.com/a.jpg', '//example.com', 'https://', 'https://[::1', 'https://a b/'])(
    'says that "%s" is not an address',
    (text) => {
      expect(refusalOf(text)).toEqual({ kind: 'InvalidInput', message: 'this is not an address' });
    },
  );

  it.for([
    'http://127.0.0.1:8080/a.jpg',
    'http://10.0.0.7/',
    'https://[fd00::1]/',
    'http://intranet:81/',
  ])('takes %s where private addresses are allowed', (text) => {
    expect(checkedUrl(text, { allowPrivate: true }).href).toBe(text);
  });

  it.for([
    'http://169.254.169.254/',
    'http://[fd00:ec2::254]/',
    'http://0.0.0.0/',
    'http://[fe80::1]/',
    'http://224.0.0.1/',
    'http://[::ffff:10.0.0.1]/',
    'http://ann:secret@10.0.0.7/',
    'ftp://10.0.0.7/',
  ])('refuses %s all the same', (text) => {
    expect(refusalOf(text, { allowPrivate: true })).toMatchObject({ kind: 'AddressNotAllowed' });
  });
});

function refusalOf(...input: Parameters<typeof checkedUrl>): unknown {
  try {
    checkedUrl(...input);
    return undefined;
  } catch (error) {
    const { kind, message } = error as { kind: string; message: string };
    return { kind, message };
  }
}
