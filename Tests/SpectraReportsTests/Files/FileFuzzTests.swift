import SpectraLinearAlgebra
import SpectraReports
import Testing

/// Thousands of damaged files, the same in every run: each is read, or refused with a typed error; a trap would end
/// the test process.
@Suite("Damaged files") struct FileFuzzTests {
  @Test("NumPy files", arguments: 0..<4)
  func numpy(seed: UInt64) {
    var random = SplitMix(state: seed)
    let originals =
      oddShapes.map { NumpyFile.encode(sample($0, as: Double.self)) }
      + [("<f2", 2), ("<i8", 8), ("|u1", 1), (">f8", 8)].map { (type, size) in
        npy("{'descr': '\(type)', 'fortran_order': False, 'shape': (2, 3), }", [UInt8](repeating: 3, count: 6 * size))
      }
    var refused = 0
    for _ in 0..<2500 {
      let file = damaged(originals, lengthAt: 8..<10, using: &random)
      do throws(FileError) {
        let tensor = try NumpyFile.decode(file, name: "x", as: Float.self)
        #expect(tensor.shape.reduce(1, *) == tensor.count)
        // Whatever was accepted comes back, bit by bit, as it may be NaN.
        let again = try NumpyFile.decode(NumpyFile.encode(tensor), name: "x", as: Float.self)
        #expect(again.shape == tensor.shape)
        #expect(again.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern))
      } catch {
        refused += 1
        #expect(error.kind == .badData)
        expectReadable(error)
      }
    }
    // Most files are refused and some are not, so the mutations reach both sides of the checks.
    #expect(1250...2450 ~= refused)
  }

  @Test("Safetensors files", arguments: 0..<4)
  func safetensorsFiles(seed: UInt64) throws {
    var random = SplitMix(state: seed &+ 100)
    var (small, large) = (SafetensorsFile(metadata: ["spectra": "{\"é\": \"\\n\"}"]), SafetensorsFile())
    small.set(sample([2, 3], as: Float.self), named: "a.weight")
    small.set(sample([2], as: Double.self), named: "a.bias")
    for (index, shape) in oddShapes.enumerated() { large.set(sample(shape, as: Double.self), named: "t\(index)") }
    let half = entry([3], [0, 6]).replacing("F64", with: "BF16")
    let originals = [
      try small.encoded(), try large.encoded(), safetensors("{\"\\ud83d\\ude00\":\(half)}  ", 6),
      safetensors("{\"__metadata__\":{\"k\":\"v\"},\"q\":\(entry([5], [0, 5]).replacing("F64", with: "I8"))}", 5),
    ]
    var refused = 0
    for _ in 0..<2500 {
      let file = damaged(originals, lengthAt: 0..<8, using: &random)
      do throws(FileError) {
        var decoded = try SafetensorsFile(decoding: file, name: "x")
        for name in decoded.names {
          // Whatever was accepted can be asked for.
          _ = try? decoded.tensor(named: name, as: Double.self)
          if case .other? = decoded.tensors[name] { decoded.tensors[name] = nil }
        }
        // And comes back, once the tensors that are not read are gone.
        let encoded = try decoded.encoded()
        let again = try SafetensorsFile(decoding: encoded, name: "x")
        let encodedAgain = try again.encoded()
        #expect(again.names == decoded.names && again.metadata == decoded.metadata && encodedAgain == encoded)
      } catch {
        refused += 1
        #expect(error.kind == .badData)
        expectReadable(error)
      }
    }
    #expect(1250...2450 ~= refused)
  }
}

/// A message is short and holds nothing that could steer a terminal, whatever the file holds.
private func expectReadable(_ error: FileError) {
  let text = error.description
  if text.utf8.count > 600 || text.unicodeScalars.contains(where: { $0.value < 32 || 127...159 ~= $0.value }) {
    Issue.record("This message is not fit to print: \(text)")
  }
}

/// One of the files after one to four mutations. The length of the header, which stands in the bytes `lengthAt`, is put
/// right again in half of the cases: most damage to a header would otherwise be found by its length alone.
private func damaged(_ files: [[UInt8]], lengthAt: Range<Int>, using random: inout SplitMix) -> [UInt8] {
  let original = files.randomElement(using: &random) ?? []
  var file = original
  for _ in 0..<(Bool.random(using: &random) ? 1 : Int.random(in: 1...4, using: &random)) {
    // The header's beginning, the data's end, or anywhere.
    let range =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: 0..<min(file.count, 64)
      case 1: max(0, file.count - 16)..<file.count
      default: 0..<file.count
      }
    let place = range.randomElement(using: &random) ?? 0
    switch Int.random(in: 0..<8, using: &random) {
    case 0: if place < file.count { file[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    case 1: if place < file.count { file[place] = .random(in: 0...255, using: &random) }
    case 2: file.removeLast(Int.random(in: 0...min(file.count, 40), using: &random))
    case 3: file.insert(.random(in: 0...255, using: &random), at: place)
    case 4: if place < file.count { file.remove(at: place) }
    case 5:
      // A piece of another file.
      let other = files.randomElement(using: &random) ?? []
      let begin = Int.random(in: 0...other.count, using: &random)
      let end = Int.random(in: begin...other.count, using: &random)
      file.insert(contentsOf: other[begin..<end], at: place)
    case 6:
      // Another length of the header.
      let at = Bool.random(using: &random) ? 0 : 8
      if file.count > at + 8 { file[at + Int.random(in: 0..<8, using: &random)] = .random(in: 0...255, using: &random) }
    default: file = withOtherNumber(file, using: &random)
    }
  }
  if Bool.random(using: &random), file.count >= lengthAt.upperBound {
    let length = original[lengthAt].reversed().reduce(0) { $0 << 8 | Int($1) } + file.count - original.count
    for (index, place) in lengthAt.enumerated() { file[place] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }
  return file
}

/// The file with one of the numbers in its text replaced by one that is hard to compute with.
private func withOtherNumber(_ file: [UInt8], using random: inout SplitMix) -> [UInt8] {
  let isDigit = { (byte: UInt8) in 0x30...0x39 ~= byte }
  let starts = file.indices.filter { isDigit(file[$0]) && ($0 == 0 || !isDigit(file[$0 - 1])) }
  guard let start = starts.randomElement(using: &random) else { return file }
  let end = file[start...].firstIndex { !isDigit($0) } ?? file.endIndex
  let numbers = [
    "0", "1", "7", "24", "-1", "4294967296", "4611686018427387904", "9223372036854775807", "9223372036854775808",
    "18446744073709551615", "99999999999999999999999999", "1e9", "0.5", "007", "", "[1]", "1, 1", "null",
  ]
  return file[..<start] + Array((numbers.randomElement(using: &random) ?? "").utf8) + file[end...]
}
