/// Good and bad `.npy` files: some built by hand, some that NumPy 2.4 wrote.
enum NumpyFixtures {
  /// `numpy.arange(count).reshape(shape).astype('f8')`.
  static let goldenFiles: [[Int]: String] = [
    []:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAg"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAA==",
    [1]:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAg"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAA==",
    [0]:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsKSwgfSAgICAg"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
    [2, 0, 3]:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDAsIDMpLCB9"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
    [2, 1, 3]:
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDEsIDMpLCB9"
      + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/"
      + "AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBAAAAAAAAAFEA=",
  ]

  static let malformed: [BadFile] = [
    BadFile("does not begin with", []), BadFile("does not begin with", Array("PK\u{3}\u{4}zipped".utf8)),
    BadFile("ends inside its header", Array(npy(plain, two).prefix(6))),
    BadFile("ends inside its header", Array(npy(plain, two).prefix(9))),
    BadFile("ends inside its header", Array(npy(plain, two).prefix(40))),
    BadFile("version is 4.0", npy(plain, two, version: 4)), BadFile("version is 0.0", npy(plain, two, version: 0)),
    BadFile("claims 4294967295 bytes", [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255]),
    BadFile("needs 16 bytes of data, but it has 15", npy(plain, Array(two.dropLast()))),
    BadFile("1 bytes follow", npy(plain, two + [0])),
    BadFile("big-endian (>f8); save it with array.astype('<f8')", npy(plain.replacing("<f8", with: ">f8"), two)),
    BadFile(
      "Fortran (column-major) order; save numpy.ascontiguousarray(array)",
      npy(plain.replacing("False", with: "True"), two)
    ),
    BadFile("an object array", npy(plain.replacing("<f8", with: "|O"), two)),
    BadFile("an array of type '<c16'", npy(plain.replacing("<f8", with: "<c16"), two)),
    BadFile("an array of type '<U3'", npy(plain.replacing("<f8", with: "<U3"), two)),
    BadFile("an array of type '<f16'", npy(plain.replacing("<f8", with: "<f16"), two)),
    BadFile("structured", npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }", two)),
    BadFile("structured", npy("{'descr': ('<f8', (2,)), 'fortran_order': False, 'shape': (1,), }", two)),
    BadFile("more elements than can be counted", npy(shaped("(4611686018427387904, 4)"), two)),
    BadFile("more elements than can be counted", npy(shaped("(4611686018427387904, 4, 0)"), two)),
    BadFile("more elements than can be counted", npy(shaped("(1152921504606846976,)"), two)),
    BadFile("too large a number", npy(shaped("(9223372036854775808,)"), two)),
    BadFile("needs 8000000000 bytes", npy(shaped("(1000000000,)"), two)),
    BadFile("a whole number", npy(shaped("(-1,)"), two)), BadFile("',' or ')'", npy(shaped("(2.0,)"), two)),
    BadFile("'('", npy(shaped("[2]"), two)), BadFile("'('", npy(shaped("2"), two)),
    BadFile("a tuple with a comma", npy(shaped("(2)"), two)),
    BadFile("',' or ')'", npy(shaped("(2 2)"), two)), BadFile("a whole number", npy(shaped("(,)"), two)),
    BadFile("a whole number", npy(shaped("((2,),)"), two)),
    BadFile("no 'descr'", npy("{'fortran_order': False, 'shape': (2,), }", two)),
    BadFile("no 'fortran_order'", npy("{'descr': '<f8', 'shape': (2,), }", two)),
    BadFile("no 'shape'", npy("{'descr': '<f8', 'fortran_order': False}", two)),
    BadFile("'descr' twice", npy("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", two)),
    BadFile("'extra'", npy("{'extra': 1, 'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", two)),
    BadFile("True or False", npy("{'descr': '<f8', 'fortran_order': 0, 'shape': (2,), }", two)),
    BadFile("'{'", npy("", two)), BadFile("a key in quotes", npy("{", two)), BadFile("the end", npy(plain + "}", two)),
    BadFile("a key", npy("{'descr\\x00': '<f8'}", two)), BadFile("the end of a key", npy("{'descr", two)),
    BadFile("a key in quotes", npy(String(repeating: "{", count: 60_000), two)),
    BadFile("the end of a key", npy("{'\u{1B}[2J': '<f8'}", two)),
  ]

  /// Arrays that NumPy wrote in forms we do not read: a part of the error's text, and the file.
  static let refused = [
    (
      "big-endian",
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/8AAAAAAAAEAAAAAAAAAA"
    ),
    (
      "Fortran",
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAhA"
        + "AAAAAAAA8D8AAAAAAAAQQAAAAAAAAABAAAAAAAAAFEA="
    ),
    (
      "object array",
      "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWNAAAAAAAAAIwWbnVt"
        + "cHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsB"
        + "SwKFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlChOSwFldJRiLg=="
    ),
    (
      "structured",
      "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmOCcpLCAoJ2InLCAnPGk0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNl"
        + "LCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAA="
    ),
    (
      "type '<c16'",
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGMxNicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCksIH0gICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA"
    ),
  ]

  /// The header of two double-precision numbers.
  static let plain = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n"
  static func shaped(_ shape: String) -> String { plain.replacing("(2,)", with: shape) }
  static let two = [UInt8](repeating: 0, count: 16)
}

/// A `.npy` file of a header and data.
func npy(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let text = Array(header.utf8)
  let length = [UInt8(text.count & 255), UInt8(text.count >> 8)] + (version >= 2 ? [0, 0] : [])
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
}
