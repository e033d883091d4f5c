import Foundation
import SpectraLinearAlgebra
import TestSupport
import Testing

@testable import SpectraReports

/// What seldom happens to files and to those who write them.
@Suite("Files at the edges") struct FileEdgeTests {
  // MARK: Reading

  @Test("Every truncation is refused")
  func truncations() throws {
    let tensor = sample([2, 3], as: Double.self)
    var file = SafetensorsFile(metadata: ["k": "v"])
    file.set(tensor, named: "a")
    let (numpy, safetensors) = (NumpyFile.encode(tensor), try file.encoded())
    for count in 0..<numpy.count {
      #expect(throws: FileError.self) { try NumpyFile.decode(Array(numpy.prefix(count)), name: "x", as: Double.self) }
    }
    for count in 0..<safetensors.count {
      #expect(throws: FileError.self) { try SafetensorsFile(decoding: Array(safetensors.prefix(count)), name: "x") }
    }
  }

  /// (−1)ˢ · 2ᵉ⁻¹⁵ · 1.f, or (−1)ˢ · 2⁻¹⁴ · 0.f for e = 0; e = 31 is infinity and NaN (IEEE 754-2019, 3.4).
  @Test("Every half-precision number has the value that the standard gives it")
  func halfPrecision() {
    for bits in UInt16.min ... .max {
      let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023) / 1024)
      let value = Double(Float(halfPrecision: bits))
      let magnitude: Double =
        switch exponent {
        case 0: fraction * 0x1p-14
        case 31: fraction == 0 ? .infinity : .nan
        default: (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
      let isRight = magnitude.isNaN ? value.isNaN : value.magnitude == magnitude
      if !isRight || (value.sign == .minus) != (bits >> 15 == 1) { Issue.record("\(bits) gives \(value).") }
    }
  }

  /// A sparse file can claim four tebibytes, and honestly so; its numbers would take eight times as much.
  @Test("What memory cannot hold is refused")
  func memory() throws {
    try withTemporaryFolder { folder in
      let size = 1 << 42
      let entry = "{\"dtype\":\"I8\",\"shape\":[\(size)],\"data_offsets\":[0,\(size)]}"
      for (name, header) in [
        ("x.npy", npy("{'descr': '|i1', 'fortran_order': False, 'shape': (\(size),)}", [])),
        ("x.safetensors", safetensors("{\"a\":\(entry)}", 0)),
      ] {
        let path = "\(folder)/\(name)"
        try AtomicFile.write(header, to: path)
        // Not every file system has sparse files.
        guard truncate(path, off_t(header.count + size)) == 0 else { continue }
        let error = try #require(
          fileError {
            if name.hasSuffix("npy") {
              _ = try NumpyFile.read(path, as: Double.self)
            } else {
              _ = try SafetensorsFile(contentsOf: path)
            }
          })
        #expect(error.kind == .badData && error.description.contains("do not fit into"), "\(error)")
      }
    }
  }

  @Test("A number too large for the wanted precision is not finite")
  func overflowingConversion() throws {
    let tensor = Tensor<Double>(shape: [2], elements: [1, 1e300])
    let error = try #require(
      fileError {
        _ = try NumpyFile.decode(NumpyFile.encode(tensor), name: "x", as: Float.self, requiringFinite: true)
      })
    #expect(error.description.contains("element [1] is inf"))
    var file = SafetensorsFile(name: "x")
    file.set(tensor, named: "a")
    let named = try #require(fileError { _ = try file.tensor(named: "a", as: Float.self) })
    #expect(named.description.contains("element [1] of its tensor 'a' is inf"))
  }

  @Test("Empty files are read as such, and named where they cannot be")
  func emptyFiles() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/empty"
      try AtomicFile.write("", to: path)
      for empty in [path, "/dev/null"] { #expect(try FileBytes.read(empty).isEmpty) }
      let numpy = try #require(fileError { _ = try NumpyFile.read(path, as: Double.self) })
      let tensors = try #require(fileError { _ = try SafetensorsFile(contentsOf: path) })
      #expect([numpy, tensors].allSatisfy { $0.kind == .badData && $0.path == path })
    }
    let error = fileError { _ = try FileBytes.read("") }
    #expect(error?.description == "'': this is not a path; name a file.")
  }

  @Test("What a file holds cannot steer a terminal")
  func controlCharacters() throws {
    var file = SafetensorsFile(name: "x\u{1B}]0;title\u{7}")
    file.set(sample([1], as: Float.self), named: "weight\u{1B}[31m\u{202E}")
    let error = try #require(fileError { _ = try file.tensor(named: "weight\u{1B}[32m", as: Float.self) })
    #expect(error.description.hasPrefix("x\\u{1B}]0;title\\u{07}: it has no tensor 'weight\\u{1B}[32m'"))
    #expect(error.description.contains("the nearest name in it is 'weight\\u{1B}[31m\\u{202E}'"))
    #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\u{202E}" })
  }

  // MARK: The nearest name

  @Test(
    "The nearest name",
    arguments: [
      ("linear1.weight", ["linear1.wieght", "linear2.bias"], "linear1.wieght"),
      // A wrapper's prefix is nearer than a letter; of several, the shortest.
      (
        "linear1.weight", ["linear2.weight", "a.module.linear1.weight", "module.linear1.weight"],
        "module.linear1.weight"
      ),
      ("module.linear1.weight", ["weight", "linear1.weight"], "linear1.weight"),
      // Half of the letters differ.
      ("abcd", ["abxy"], nil), ("abcde", ["abcxy"], "abcxy"), ("", ["a"], nil), ("a", [], nil),
      ("abc", ["abd", "abb"], "abb"),
    ] as [(String, [String], String?)])
  func nearest(wanted: String, names: [String], expected: String?) {
    #expect(nearestName(to: wanted, among: names) == expected)
    #expect(nearestName(to: wanted, among: names.reversed()) == expected)
  }

  @Test("A hint is quick and the same whatever the names are")
  func nearestOfMany() {
    let names = (0..<4000).map { "\($0)" + String(repeating: "x", count: 150 + $0 % 100) }
    // This thread's own time, which a busy machine does not lengthen.
    func time() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = time()
    #expect(nearestName(to: "layers.0.linear1.weight", among: names) == nil)
    #expect(nearestName(to: String(repeating: "y", count: 1 << 20), among: names) == nil)
    let elapsed = time() - start
    // Fifteen million cells of the distances' tables, without the bound by length, would take several times as long.
    #expect(elapsed < 2)
    let many = Set((0..<20_000).map { "layers.\($0).weight" })
    #expect(nearestName(to: "layers.7.wieght", among: many) == "layers.7.weight")
  }

  // MARK: Writing

  @Test("A link to an open descriptor is written as it stands")
  func linkToDescriptor() throws {
    try withTemporaryFolder { folder in
      let pipe = Pipe()
      let link = folder + "/link"
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)")
      try AtomicFile.checkWritable(link)
      try AtomicFile.write("through", to: link)
      try pipe.fileHandleForWriting.close()
      #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data("through".utf8))
      #expect(try contents(of: folder) == ["link"])
    }
  }

  @Test("A slow reader of a non-blocking pipe delays and breaks nothing")
  func nonBlockingPipe() throws {
    let pipe = Pipe()
    let writing = pipe.fileHandleForWriting.fileDescriptor
    #expect(fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK) == 0)
    let writer = Thread {
      // More than a pipe holds.
      try? AtomicFile.write([UInt8](repeating: 1, count: 300_000), to: "/dev/fd/\(writing)")
      try? pipe.fileHandleForWriting.close()
    }
    writer.start()
    usleep(20_000)
    #expect(pipe.fileHandleForReading.readDataToEndOfFile().count == 300_000)
  }

  @Test("A rename that fails leaves whole files and no temporary ones")
  func failingRename() throws {
    try withTemporaryFolder { root in
      var folder = try AtomicFolder(root)
      for name in ["1", "2", "3"] { try folder.write(name) { (file) throws(FileError) in try file.write(name) } }
      try FileManager.default.createDirectory(atPath: root + "/2", withIntermediateDirectories: false)
      var failure: FileError?
      do throws(FileError) { try folder.commit() } catch { failure = error }
      #expect(failure?.kind == .cannotWrite)
      #expect(failure?.description.contains("its files cannot be completed: is a directory") == true)
      #expect(try contents(of: root) == ["1", "2"])
    }
  }

  @Test("A folder whose name is too long is refused before the work, and the folders above it are not left")
  func longFolderName() throws {
    try withTemporaryFolder { root in
      let path = "\(root)/a/\(String(repeating: "n", count: 300))/b"
      for error in [
        fileError { try AtomicFolder.checkWritable(path) }, fileError { _ = try AtomicFolder(path) },
      ] {
        #expect(error?.kind == .cannotCreate && error?.description.contains("is longer than") == true)
      }
      let left = try contents(of: root)
      #expect(left.isEmpty)
    }
  }
}
