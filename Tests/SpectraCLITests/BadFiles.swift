import Foundation
import Spectra

/// Good and bad input files, under names that say what they are.
enum BadFiles {
  static let all: [(name: String, bytes: [UInt8])] = numpy + texts + safetensors

  /// Writes all into a folder.
  static func write(to folder: String) throws {
    for file in all { try Data(file.bytes).write(to: URL(fileURLWithPath: "\(folder)/\(file.name)")) }
  }

  private static func numpyFile(header: String, data: Int) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  private static func npy(_ type: String = "<f8", fortran: Bool = false, shape: String = "(4, 16)", data: Int = 512)
    -> [UInt8]
  {
    numpyFile(
      header: "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape)}\n", data: data)
  }

  private static let numpy: [(String, [UInt8])] = [
    ("good.npy", npy()),
    ("garbage.npy", Array("This is no array.".utf8)),
    ("empty.npy", []),
    ("malformed.npy", numpyFile(header: "{'descr': '<f8', 'shape': }\n", data: 512)),
    ("truncated.npy", npy(data: 511)),
    ("narrow.npy", npy(shape: "(4, 15)", data: 480)),
    ("negative.npy", npy(shape: "(-4, -16)")),
    ("huge.npy", npy(shape: "(4611686018427387904, 4)")),
    ("big-endian.npy", npy(">f8")),
    ("fortran.npy", npy(fortran: true)),
    ("complex.npy", npy("<c16", data: 1024)),
  ]

  private static let texts: [(String, [UInt8])] = [
    ("empty.txt", []), ("short.txt", Array("abc".utf8)),
  ]

  /// A one-layer fully connected network of width 2, as PyTorch would save it: weight and bias.
  private static let weight = "\"layers.0.weight\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[0,32]}"
  private static let bias = "\"layers.0.bias\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[32,48]}"

  private static func tensors(_ header: String, data: Int = 48, claimed: UInt64? = nil) -> [UInt8] {
    let length = claimed ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  private static let safetensors: [(String, [UInt8])] = [
    ("good.safetensors", tensors("{\(weight),\(bias)}")),
    ("truncated.safetensors", tensors("{\(weight),\(bias)}", data: 40)),
    ("cut.safetensors", [1, 2, 3]),
    ("overlapping.safetensors", tensors("{\(weight),\(bias.replacing("[32,48]", with: "[24,40]"))}", data: 40)),
    ("outside.safetensors", tensors("{\(weight),\(bias.replacing("[32,48]", with: "[4096,4112]"))}")),
    ("header.safetensors", tensors("{}", claimed: .max)),
    ("header-100MB.safetensors", tensors("{}", claimed: 100_000_001)),
    ("json.safetensors", tensors("{\"layers.0.weight\": 3}")),
    ("missing.safetensors", tensors("{\(weight)}", data: 32)),
    ("misnamed.safetensors", tensors("{\(weight),\(bias.replacing("bias", with: "biases"))}")),
    (
      "misshapen.safetensors",
      tensors("{\(weight),\(bias.replacing("[2]", with: "[1]").replacing("48", with: "40"))}", data: 40)
    ),
    ("config.safetensors", tensors("{\"__metadata__\":{\"spectra\":\"{}\"},\(weight),\(bias)}")),
    (
      "layer.safetensors",
      tensors("{\(weight),\(bias.replacing("layers.0", with: "layers.9223372036854775807"))}")
    ),
  ]
}
