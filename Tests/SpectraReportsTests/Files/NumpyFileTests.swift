import SpectraLinearAlgebra
import SpectraReports
import TestSupport
import Testing

@Suite("NumPy files") struct NumpyFileTests {
  // MARK: Round trips

  @Test("A tensor comes back as it was", arguments: oddShapes)
  func roundTrip(shape: [Int]) throws {
    let double = sample(shape, as: Double.self)
    let float = sample(shape, as: Float.self)
    #expect(try NumpyFile.decode(NumpyFile.encode(double), name: "x") == double)
    #expect(try NumpyFile.decode(NumpyFile.encode(float), name: "x") == float)
    // Single precision widens exactly, and rounding it back changes nothing.
    #expect(try NumpyFile.decode(NumpyFile.encode(float), name: "x", as: Double.self) == float.converted())
    try withTemporaryFolder { folder in
      try NumpyFile.write(double, to: folder + "/x.npy")
      #expect(try NumpyFile.read(folder + "/x.npy") == double)
      #expect(contents(ofFile: folder + "/x.npy") == NumpyFile.encode(double))
      #expect(try contents(of: folder) == ["x.npy"])
    }
  }

  @Test("NaN, infinity and the sign of zero keep their bits")
  func specialValues() throws {
    let values: [Double] = [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let tensor = try NumpyFile.decode(
      NumpyFile.encode(Tensor(shape: [6], elements: values)), name: "x", as: Double.self)
    #expect(tensor.elements.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test("More than one piece of a converted array")
  func largeArray() throws {
    let count = 1 << 17 | 3
    let tensor = Tensor<Float>(shape: [count], elements: (0..<count).map { Float($0) })
    try withTemporaryFolder { folder in
      try NumpyFile.write(tensor, to: folder + "/x.npy")
      #expect(try NumpyFile.read(folder + "/x.npy", as: Double.self) == tensor.converted())
    }
  }

  // MARK: Files that NumPy 2.4 wrote

  @Test(
    "The same bytes as numpy.save",
    arguments: [[], [1], [0], [2, 0, 3], [2, 1, 3]])
  func golden(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let tensor = Tensor<Double>(shape: shape, elements: (0..<count).map(Double.init))
    let golden = bytes(base64: try #require(NumpyFixtures.goldenFiles[shape]))
    #expect(NumpyFile.encode(tensor) == golden)
    #expect(try NumpyFile.decode(golden, name: "x") == tensor)
  }

  @Test("Versions 2.0 and 3.0", arguments: [UInt8(2), 3])
  func versions(major: UInt8) throws {
    var file = bytes(
      base64:
        "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwgMiksIH0g"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAADA"
    )
    file[6] = major
    #expect(try NumpyFile.decode(file, name: "x") == Tensor<Double>(shape: [1, 2], elements: [1.5, -2]))
  }

  /// The data of `numpy.array([[0, 1, 2], [3, 100, 127]])` in each type.
  @Test(
    "Every element type",
    arguments: [
      ("<f8", "AAAAAAAAAAAAAAAAAADwPwAAAAAAAABAAAAAAAAACEAAAAAAAABZQAAAAAAAwF9A"),
      ("<f4", "AAAAAAAAgD8AAABAAABAQAAAyEIAAP5C"),
      ("<f2", "AAAAPABAAEJAVvBX"),
      ("|i1", "AAECA2R/"),
      ("|u1", "AAECA2R/"),
      ("<i2", "AAABAAIAAwBkAH8A"),
      ("<u2", "AAABAAIAAwBkAH8A"),
      ("<i4", "AAAAAAEAAAACAAAAAwAAAGQAAAB/AAAA"),
      ("<u4", "AAAAAAEAAAACAAAAAwAAAGQAAAB/AAAA"),
      ("<i8", "AAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAABkAAAAAAAAAH8AAAAAAAAA"),
      ("<u8", "AAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAABkAAAAAAAAAH8AAAAAAAAA"),
      ("|b1", "AAEBAQEB"),
    ])
  func elementTypes(type: String, data: String) throws {
    let file = npy("{'descr': '\(type)', 'fortran_order': False, 'shape': (2, 3), }", bytes(base64: data))
    let expected: [Double] = type.hasSuffix("b1") ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 100, 127]
    #expect(try NumpyFile.decode(file, name: "x") == Tensor(shape: [2, 3], elements: expected))
    #expect(
      try NumpyFile.decode(file, name: "x", as: Float.self)
        == Tensor(shape: [2, 3], elements: expected.map { Float($0) }))
  }

  @Test("Signed integers, and half precision at its limits")
  func signedAndHalf() throws {
    let int = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", [0xFF, 0xFF, 0x00, 0x80])
    #expect(try NumpyFile.decode(int, name: "x").elements == [-1.0, -32768])
    // 1, −1, largest 65504, least normal 2⁻¹⁴, least subnormal 2⁻²⁴, −0, −∞.
    let half = npy(
      "{'descr': '<f2', 'fortran_order': False, 'shape': (7,), }",
      [0x00, 0x3C, 0x00, 0xBC, 0xFF, 0x7B, 0x00, 0x04, 0x01, 0x00, 0x00, 0x80, 0x00, 0xFC])
    let values = try NumpyFile.decode(half, name: "x", as: Double.self).elements
    #expect(values == [1, -1, 65504, 0x1p-14, 0x1p-24, 0, -.infinity])
    #expect(values[5].sign == .minus)
    let nan = npy("{'descr': '<f2', 'fortran_order': False, 'shape': (), }", [0x00, 0x7E])
    #expect(try NumpyFile.decode(nan, name: "x", as: Float.self).elements[0].isNaN)
  }

  @Test(
    "Other spellings of a header",
    arguments: [
      "{\"shape\": (2,), \"descr\": \"<f8\", \"fortran_order\": False}",
      "{'descr':'<f8','fortran_order':False,'shape':(2,)}  \n",
      " { 'descr' : '=f8' , 'fortran_order' : False , 'shape' : ( 2L , ) , } \n",
    ])
  func spellings(header: String) throws {
    let data = [Double](arrayLiteral: 1, 2).withUnsafeBytes { Array($0) }
    #expect(try NumpyFile.decode(npy(header, data), name: "x") == Tensor<Double>(shape: [2], elements: [1, 2]))
  }

  // MARK: Bad input

  @Test("Malformed files", arguments: NumpyFixtures.malformed)
  func malformed(bad: BadFile) throws {
    let error = try #require(fileError { _ = try NumpyFile.decode(bad.file, name: "x.npy", as: Double.self) })
    #expect(error.kind == .badData)
    #expect(error.exitCode == 65)
    #expect(error.description.contains(bad.text), "\(error)")
  }

  @Test("Files of NumPy that are refused", arguments: NumpyFixtures.refused)
  func refused(_ text: String, file: String) throws {
    let error = try #require(fileError { _ = try NumpyFile.decode(bytes(base64: file), name: "x", as: Double.self) })
    #expect(error.description.contains(text), "\(error)")
  }

  @Test("The first number that is not finite is named")
  func notFinite() throws {
    let tensor = Tensor<Double>(
      shape: [2, 2, 3], elements: (0..<12).map { $0 == 10 ? .nan : $0 == 11 ? .infinity : 1 })
    let file = NumpyFile.encode(tensor)
    #expect(throws: Never.self) { try NumpyFile.decode(file, name: "x", as: Double.self) }
    let error = try #require(
      fileError { _ = try NumpyFile.decode(file, name: "x", as: Double.self, requiringFinite: true) })
    #expect(error.description.contains("element [1, 1, 1] is nan"))
  }

  @Test("A file that is not there, or is a folder")
  func unreadable() throws {
    try withTemporaryFolder { folder in
      for path in [folder + "/none.npy", folder, "", "a\0b"] {
        let error = try #require(fileError { _ = try NumpyFile.read(path, as: Double.self) })
        #expect(error.kind == .cannotRead)
        #expect(error.exitCode == 66)
      }
    }
  }
}
