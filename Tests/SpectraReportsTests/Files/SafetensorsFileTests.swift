import SpectraLinearAlgebra
import SpectraReports
import TestSupport
import Testing

@Suite("Safetensors files") struct SafetensorsFileTests {
  // MARK: Round trips

  @Test("Tensors of every shape come back as they were")
  func roundTrip() throws {
    var file = SafetensorsFile(metadata: ["spectra": "{\"depth\": 3}", "é\"\\\n\u{1}\u{7F}😀": "\t\u{8}\u{C}\r/"])
    for (index, shape) in oddShapes.enumerated() {
      file.set(sample(shape, as: Double.self), named: "double.\(index)")
      file.set(sample(shape, as: Float.self), named: "float \"\(index)\"\n")
    }
    let decoded = try SafetensorsFile(decoding: file.encoded(), name: "x")
    #expect(decoded.tensors == file.tensors)
    #expect(decoded.metadata == file.metadata)
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try file.write(to: path)
      #expect(contents(ofFile: path) == (try file.encoded()))
      let read = try SafetensorsFile(contentsOf: path)
      #expect(read.tensors == file.tensors)
      #expect(read.metadata == file.metadata)
      #expect(try contents(of: folder) == ["x.safetensors"])
    }
  }

  @Test("The bytes depend on the content, not on the order it was put in; data is aligned")
  func deterministic() throws {
    let names = (0..<40).map { "layers.\($0).weight" }
    let encodings = try [names, names.reversed()].map { names in
      var file = SafetensorsFile()
      for name in names {
        // Odd counts of single-precision numbers would misalign the double-precision ones after them.
        if name.count % 2 == 0 {
          file.set(sample([3], as: Float.self), named: name)
        } else {
          file.set(sample([2], as: Double.self), named: name)
        }
        file.metadata[name] = name
      }
      return try file.encoded()
    }
    #expect(encodings[0] == encodings[1])
    let header = String(decoding: encodings[0].dropFirst(8), as: UTF8.self)
    #expect(encodings[0][0] % 8 == 0)
    for entry in header.matches(of: /"F64","shape":\[2\],"data_offsets":\[(\d+),/) {
      #expect(try #require(Int(entry.1)) % 8 == 0)
    }
  }

  @Test("Special values keep their bits")
  func specialValues() throws {
    let values: [Float] = [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    var file = SafetensorsFile()
    file.set(Tensor(shape: [6], elements: values), named: "x")
    let decoded = try SafetensorsFile(decoding: file.encoded(), name: "x")
    let tensor = try decoded.tensor(named: "x", as: Float.self, requiringFinite: false)
    #expect(tensor.elements.map(\.bitPattern) == values.map(\.bitPattern))
  }

  // MARK: Files that safetensors 0.8 wrote

  @Test("The same bytes as the reference implementation")
  func golden() throws {
    var file = SafetensorsFile(metadata: ["spectra": "{\"depth\": 3}"])
    file.set(Tensor<Float>(shape: [2, 2], elements: [1, 2, 3, 4.5]), named: "b.weight")
    file.set(Tensor<Double>(shape: [], elements: [0.1]), named: "a")
    file.set(Tensor<Float>(shape: [2, 0], elements: []), named: "e")
    file.set(Tensor<Double>(shape: [3], elements: [0, 1, 2]), named: "odd \"é\n\u{1}")
    let golden = bytes(
      base64:
        "IAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzcGVjdHJhIjoie1wiZGVwdGhcIjogM30ifSwiYSI6eyJkdHlwZSI6IkY2NCIs"
        + "InNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMCw4XX0sIm9kZCBcIsOpXG5cdTAwMDEiOnsiZHR5cGUiOiJGNjQiLCJzaGFw"
        + "ZSI6WzNdLCJkYXRhX29mZnNldHMiOls4LDMyXX0sImIud2VpZ2h0Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJk"
        + "YXRhX29mZnNldHMiOlszMiw0OF19LCJlIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDBdLCJkYXRhX29mZnNldHMiOls0"
        + "OCw0OF19fSCamZmZmZm5PwAAAAAAAAAAAAAAAAAA8D8AAAAAAAAAQAAAgD8AAABAAABAQAAAkEA="
    )
    #expect(try file.encoded() == golden)
    let decoded = try SafetensorsFile(decoding: golden, name: "x")
    #expect(decoded.tensors == file.tensors)
    #expect(decoded.metadata == file.metadata)
  }

  @Test("Half precision is widened, integers are set aside")
  func otherTypes() throws {
    let file = try SafetensorsFile(
      decoding: bytes(
        base64:
          "iAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzcGVjdHJhIjoie1wiZGVwdGhcIjogM30ifSwibiI6eyJkdHlwZSI6Ikk2NCIs"
          + "InNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJhIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOltdLCJkYXRhX29m"
          + "ZnNldHMiOls4LDE2XX0sImIud2VpZ2h0Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlsx"
          + "NiwzMl19LCJlIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDBdLCJkYXRhX29mZnNldHMiOlszMiwzMl19LCJvZGQgXCLD"
          + "qVxuIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMzIsMzZdfSwiaCI6eyJkdHlwZSI6IkYx"
          + "NiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzM2LDQyXX19IAcAAAAAAAAAmpmZmZmZuT8AAIA/AAAAQAAAQEAAAJBA"
          + "AADAfwA8/3sBAA=="
      ), name: "x.safetensors")
    #expect(file.names == ["a", "b.weight", "e", "h", "n", "odd \"é\n"])
    // The half-precision number nearest to 6e-8 is the least subnormal one.
    #expect(try file.tensor(named: "h") == Tensor<Double>(shape: [3], elements: [1, 65504, 0x1p-24]))
    #expect(try file.tensor(named: "a") == Tensor<Float>(shape: [], elements: [0.1]))
    #expect(file.tensors["n"] == .other(type: "I64", shape: [1]))
    let integer = try #require(fileError { _ = try file.tensor(named: "n", as: Double.self) })
    #expect(integer.description.contains("has type I64"))
    let written = try #require(fileError { _ = try file.encoded() })
    #expect(written.description.contains("'n' was not read"))
    let nan = try #require(fileError { _ = try file.tensor(named: "odd \"é\n", as: Double.self) })
    #expect(nan.description.contains("element [0] of its tensor 'odd \"é\\n' is nan"))

    let brain = try SafetensorsFile(
      decoding: bytes(
        base64: "OAAAAAAAAAB7IngiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOls0XSwiZGF0YV9vZmZzZXRzIjpbMCw4XX19IIA/ScAIAIB/"),
      name: "x")
    #expect(
      try brain.tensor(named: "x", requiringFinite: false)
        == Tensor<Double>(shape: [4], elements: [1, -3.140625, 0x1p-130, .infinity]))
    #expect(try SafetensorsFile(decoding: bytes(base64: "CAAAAAAAAAB7fSAgICAgIA=="), name: "x").tensors.isEmpty)
  }

  @Test("Headers in other words")
  func spellings() throws {
    let tensor = #"{ "data_offsets" : [0 , 8] , "shape":[1],"dtype": "F64" }"#
    for name in [#"caf\u00e9 \ud83d\ude00\/"#, "café 😀/"] {
      let file = try SafetensorsFile(
        decoding: safetensors("{\n\"\(name)\": \(tensor), \"__metadata__\": {} }\t  ", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
        name: "x")
      #expect(try file.tensor(named: "café 😀/", shape: [1]) == Tensor<Double>(shape: [1], elements: [1]))
    }
    // In any order of names, as long as the data is covered.
    let swapped = try SafetensorsFile(
      decoding: safetensors(
        "{\"b\":\(entry([1], [8, 16])),\"a\":\(entry([1], [0, 8])),\"c\":\(entry([0], [8, 8]))}", 16), name: "x")
    #expect(swapped.names == ["a", "b", "c"])
  }

  // MARK: Bad input

  @Test("Malformed files", arguments: SafetensorsFixtures.malformed)
  func malformed(bad: BadFile) throws {
    let error = try #require(fileError { _ = try SafetensorsFile(decoding: bad.file, name: "w.safetensors") })
    #expect(error.kind == .badData)
    #expect(error.description.contains(bad.text), "\(error)")
  }

  @Test("A missing, misnamed or wrong-shaped tensor")
  func access() throws {
    var file = SafetensorsFile(name: "w.safetensors")
    file.set(sample([4, 2], as: Double.self), named: "layers.0.linear1.weight")
    file.set(sample([4], as: Double.self), named: "layers.0.linear1.bias")
    let table: [(String, [Int]?, String)] = [
      (
        "layers.0.liner1.weight", [4, 2],
        "w.safetensors: it has no tensor 'layers.0.liner1.weight' of shape [4, 2], which is needed; "
          + "the nearest name in it is 'layers.0.linear1.weight'."
      ),
      ("linear1.bias", nil, "the nearest name in it is 'layers.0.linear1.bias'."),
      ("encoder.layers.0.linear1.bias", nil, "the nearest name in it is 'layers.0.linear1.bias'."),
      ("q", nil, "it has no tensor 'q', which is needed; it begins with 'layers.0.linear1.bias'."),
      ("", nil, "it has no tensor ''"),
      ("layers.0.linear1.weight", [2, 4], "has shape [4, 2], but [2, 4] is needed"),
      ("layers.0.linear1.weight", [8], "has shape [4, 2], but [8] is needed"),
    ]
    for (name, shape, text) in table {
      let error = try #require(fileError { _ = try file.tensor(named: name, shape: shape, as: Double.self) })
      #expect(error.kind == .badData)
      #expect(error.description.contains(text), "\(error)")
    }
    try file.require([("layers.0.linear1.bias", [4]), ("layers.0.linear1.weight", [4, 2])])
    try file.require([("layers.0.linear1.bias", [4])], allowingOthers: true)
    let extra = try #require(fileError { try file.require([("layers.0.linear1.bias", [4])]) })
    #expect(extra.description.contains("'layers.0.linear1.weight' has no place in this network"))
    // The first in the order of what is expected, not of the file.
    let first = try #require(fileError { try file.require([("z", [1]), ("layers.0.linear1.bias", [5])]) })
    #expect(first.description.contains("no tensor 'z' of shape [1]"))
    let empty = try #require(fileError { _ = try SafetensorsFile().tensor(named: "a", as: Float.self) })
    #expect(empty.description.contains("no tensor at all"))
  }

  @Test("A name that the format reserves is not written")
  func reserved() throws {
    var file = SafetensorsFile()
    file.set(sample([1], as: Float.self), named: "__metadata__")
    try withTemporaryFolder { folder in
      let error = try #require(fileError { try file.write(to: folder + "/x") })
      #expect(error.description.contains("__metadata__"))
      #expect(try contents(of: folder).isEmpty)
    }
  }
}
