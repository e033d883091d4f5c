/// Bad safetensors files, built by hand.
enum SafetensorsFixtures {
  /// A header whose data has 24 bytes.
  static let good = "{\"a\":\(entry([2], [0, 16])),\"b\":\(entry([1], [16, 24]))}"

  static let malformed: [BadFile] = [
    BadFile("it has 0 bytes", []), BadFile("it has 7 bytes", Array(safetensors("{}", 0).prefix(7))),
    BadFile("ends inside its header", Array(safetensors(good, 24).prefix(30))),
    BadFile("claims 100000001 bytes", [1, 0xE1, 0xF5, 5, 0, 0, 0, 0]),
    BadFile("claims 18446744073709551615 bytes", [UInt8](repeating: 255, count: 8)),
    BadFile("ends inside its header", [0, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B]),
    BadFile("'a' ends at byte 16 of the data, which has 15", safetensors(good, 15)),
    BadFile("'b' ends at byte 24 of the data, which has 23", safetensors(good, 23)),
    BadFile("1 bytes follow", safetensors(good, 25)), BadFile("8 bytes follow", safetensors("{}", 8)),
    BadFile(
      "inside the tensor before it", safetensors("{\"a\":\(entry([2], [0, 16])),\"b\":\(entry([1], [8, 16]))}", 16)),
    BadFile("inside the tensor before it", safetensors("{\"a\":\(entry([1], [0, 8])),\"b\":\(entry([1], [0, 8]))}", 8)),
    BadFile("leaves a hole", safetensors("{\"a\":\(entry([1], [8, 16]))}", 16)),
    BadFile("leaves a hole", safetensors("{\"a\":\(entry([1], [0, 8])),\"b\":\(entry([0], [9, 9]))}", 9)),
    BadFile("ends at byte 9223372036854775807", safetensors("{\"a\":\(entry([0], [Int.max, Int.max]))}", 8)),
    BadFile("does not fill", safetensors("{\"a\":\(entry([2], [0, 8]))}", 8)),
    BadFile("does not fill", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("F64", with: "F32"))}", 8)),
    BadFile("does not fill", safetensors("{\"a\":\(entry([1], [0, 0]).replacing("F64", with: "F4"))}", 0)),
    BadFile("a begin and an end", safetensors("{\"a\":\(entry([1], [8, 0]))}", 8)),
    BadFile("a begin and an end", safetensors("{\"a\":\(entry([1], [0]))}", 8)),
    BadFile("a begin and an end", safetensors("{\"a\":\(entry([1], [0, 4, 8]))}", 8)),
    BadFile("too large to be counted", safetensors("{\"a\":\(entry([Int.max, Int.max], [0, 8]))}", 8)),
    BadFile("too large to be counted", safetensors("{\"a\":\(entry([Int.max, Int.max, 0], [0, 0]))}", 0)),
    BadFile("too large to be counted", safetensors("{\"a\":\(entry([Int.max / 8], [0, 8]))}", 8)),
    BadFile(
      "too large a number",
      safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "[9223372036854775808]"))}", 8)
    ),
    BadFile("a whole number", safetensors("{\"a\":\(entry([-1], [0, 8]))}", 8)),
    BadFile("a whole number", safetensors("{\"a\":\(entry([1], [-8, 0]))}", 8)),
    BadFile("a whole number", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "[01]"))}", 8)),
    BadFile("']'", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "[1.0]"))}", 8)),
    BadFile("']'", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "[1e0]"))}", 8)),
    BadFile("a whole number", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "[1,]"))}", 8)),
    BadFile("'['", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("[1]", with: "1"))}", 8)),
    BadFile("unknown type 'F65'", safetensors("{\"a\":\(entry([1], [0, 8]).replacing("F64", with: "F65"))}", 8)),
    BadFile("no 'dtype'", safetensors("{\"a\":{\"shape\":[1],\"data_offsets\":[0,8]}}", 8)),
    BadFile("no 'shape'", safetensors("{\"a\":{\"dtype\":\"F64\",\"data_offsets\":[0,8]}}", 8)),
    BadFile("no 'data_offsets'", safetensors("{\"a\":{\"dtype\":\"F64\",\"shape\":[1]}}", 8)),
    BadFile("'extra' twice or where", safetensors("{\"a\":{\"extra\":0}}", 0)),
    BadFile("'shape' twice or where", safetensors("{\"a\":{\"shape\":[1],\"shape\":[1]}}", 0)),
    BadFile("the name 'a' twice", safetensors("{\"a\":\(entry([1], [0, 8])),\"a\":\(entry([1], [8, 16]))}", 16)),
    BadFile("the name 'a' twice", safetensors("{\"a\":\(entry([1], [0, 8])),\"\\u0061\":\(entry([1], [8, 16]))}", 16)),
    BadFile("the name '__metadata__' twice", safetensors("{\"__metadata__\":{},\"__metadata__\":{}}", 0)),
    BadFile("the name 'k' twice", safetensors("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0)),
    BadFile("a text in quotes", safetensors("{\"__metadata__\":{\"k\":1}}", 0)),
    BadFile("'{'", safetensors("", 0)),
    BadFile("'{'", safetensors(" {}", 0)),
    BadFile("'{'", safetensors("[]", 0)), BadFile("a name in quotes", safetensors("{", 0)),
    BadFile("a name in quotes", safetensors("{\"a\":\(entry([0], [0, 0])),}", 0)),
    BadFile("the end", safetensors("{} x", 0)), BadFile("the end", safetensors("{}\0", 0)),
    BadFile("the end of a name", safetensors("{\"a", 0)), BadFile("the end of a name", safetensors("{\"a\n\":0}", 0)),
    BadFile("may be escaped", safetensors("{\"\\x\":0}", 0)),
    BadFile("a hexadecimal digit", safetensors("{\"\\u00g0\":0}", 0)),
    BadFile("second half of a surrogate", safetensors("{\"\\ud83d\":0}", 0)),
    BadFile("second half of a surrogate", safetensors("{\"\\ud83d\\u0041\":0}", 0)),
    BadFile("first half of a surrogate", safetensors("{\"\\ude00\":0}", 0)),
    BadFile("not UTF-8", safetensors(Array("{\"".utf8) + [0xFF] + Array("\":0}".utf8), 0)),
    BadFile("not UTF-8", safetensors(Array("{\"".utf8) + [0xC0, 0x80] + Array("\":0}".utf8), 0)),
    // A parser that recurses would overflow its stack here.
    BadFile("'{'", safetensors("{\"a\":" + String(repeating: "[", count: 1_000_000), 0)),
    BadFile("a name in quotes", safetensors(String(repeating: "{", count: 1_000_000), 0)),
  ]
}

/// A file of a header and `count` bytes of data.
func safetensors(_ header: String, _ count: Int) -> [UInt8] { safetensors(Array(header.utf8), count) }

func safetensors(_ header: [UInt8], _ count: Int) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + [UInt8](repeating: 0, count: count)
}

func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] { safetensors(header, 0) + data }

/// The header's entry of a double-precision tensor.
func entry(_ shape: [Int], _ offsets: [Int]) -> String {
  "{\"dtype\":\"F64\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}
