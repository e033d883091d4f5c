import Foundation
import SpectraLinearAlgebra
import SpectraReports
import TestSupport
import Testing

@Suite("Atomic files") struct AtomicFileTests {
  @Test("A file appears when it is complete, and only then")
  func commit() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/out.txt"
      var file = try AtomicFile(path)
      try file.write("one\n")
      try file.write(Array("two\n".utf8))
      #expect(contents(ofFile: path) == nil)
      #expect(try contents(of: folder).count == 1, "the temporary file")
      try file.commit()
      #expect(contents(ofFile: path) == Array("one\ntwo\n".utf8))
      #expect(try contents(of: folder) == ["out.txt"])
    }
  }

  @Test("Two paths of one file are known as such, whether it is there or not")
  func sameFile() throws {
    try withTemporaryFolder { folder in
      for isThere in [false, true] {
        if isThere { try AtomicFile.write("x", to: folder + "/x") }
        #expect(try AtomicFile.isSameFile(folder + "/x", as: folder + "/./x"))
        #expect(try AtomicFile.isSameFile(folder + "//x", as: folder + "/x"))
        #expect(try !AtomicFile.isSameFile(folder + "/x", as: folder + "/y"))
        #expect(try !AtomicFile.isSameFile(folder + "/x", as: NSTemporaryDirectory() + "/x"))
      }
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "x")
      #expect(try AtomicFile.isSameFile(folder + "/link", as: folder + "/x"))
      #expect(try !AtomicFile.isSameFile("/dev/null", as: "/dev/null"))
      #expect(fileError { _ = try AtomicFile.isSameFile(folder + "/x", as: folder + "/no/x") }?.kind == .cannotCreate)
    }
  }

  @Test("Small and large pieces keep their order")
  func pieces() throws {
    try withTemporaryFolder { folder in
      var expected: [UInt8] = []
      try AtomicFile.write(to: folder + "/x") { (file) throws(FileError) in
        for size in [1, 65_535, 65_536, 3, 200_000, 0, 40_000, 40_000, 7] {
          let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
          expected += piece
          try file.write(piece)
        }
      }
      #expect(contents(ofFile: folder + "/x") == expected)
    }
  }

  @Test("What is dropped or fails leaves nothing, and the old file as it was")
  func failure() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/out.txt"
      try AtomicFile.write("old", to: path)
      do {
        var file = try AtomicFile(path)
        try file.write("new")
      }
      #expect(try contents(of: folder) == ["out.txt"])
      let error = fileError {
        try AtomicFile.write(to: path) { (file) throws(FileError) in
          try file.write("new")
          throw FileError(.badData, path: "input", problem: "it is wrong; correct it")
        }
      }
      #expect(error?.path == "input")
      #expect(try contents(of: folder) == ["out.txt"])
      #expect(contents(ofFile: path) == Array("old".utf8))
      try AtomicFile.write("newer", to: path)
      #expect(contents(ofFile: path) == Array("newer".utf8))
    }
  }

  @Test("Permissions are kept, and new files follow umask")
  func permissions() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/out.txt"
      try AtomicFile.write("", to: path)
      let plain = folder + "/plain"
      #expect(FileManager.default.createFile(atPath: plain, contents: nil))
      func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(path) == mode(plain))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try AtomicFile.write("again", to: path)
      #expect(try mode(path) == 0o640)
    }
  }

  @Test("A symbolic link stays, its target is written", arguments: [true, false])
  func links(targetExists: Bool) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: false)
      if targetExists { try AtomicFile.write("old", to: folder + "/real/out") }
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real/out")
      try AtomicFile.write("new", to: folder + "/link")
      #expect(contents(ofFile: folder + "/real/out") == Array("new".utf8))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "real/out")
      #expect(try contents(of: folder + "/real") == ["out"])
      try FileManager.default.createSymbolicLink(atPath: folder + "/loop", withDestinationPath: "loop")
      #expect(fileError { try AtomicFile.checkWritable(folder + "/loop") }?.kind == .cannotCreate)
    }
  }

  @Test("Outputs that cannot be created are refused before the work")
  func notWritable() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("", to: folder + "/file")
      let table = [
        ("", "not a path"), ("a\0b", "not a path"), (folder, "this is a folder"), (folder + "/", "this is a folder"),
        (folder + "/none/out", "there is no folder"), (folder + "/file/out", "not a directory"),
        (folder + "/" + String(repeating: "n", count: 300), "name too long"), ("/dev/fd/987", "not open for writing"),
      ]
      for (path, text) in table {
        let checked = try #require(fileError { try AtomicFile.checkWritable(path) })
        #expect(checked.kind == .cannotCreate)
        #expect(checked.exitCode == 73)
        #expect(checked.description.contains(text), "\(checked)")
        #expect(fileError { try AtomicFile.write("x", to: path) } == checked)
      }
      for path in [folder + "/new", folder + "/file", "/dev/null", "/dev/stdout", "/dev/stderr"] {
        #expect(throws: Never.self) { try AtomicFile.checkWritable(path) }
      }
      #expect(try contents(of: folder) == ["file"], "checking creates nothing")
    }
  }

  @Test("Write-protected files and folders", .enabled(if: geteuid() != 0, "root may write everywhere"))
  func protected() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("old", to: folder + "/file")
      try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: folder + "/file")
      #expect(fileError { try AtomicFile.checkWritable(folder + "/file") }?.kind == .cannotCreate)
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
      #expect(fileError { try AtomicFile.checkWritable(folder + "/new") }?.kind == .cannotCreate)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    }
  }

  @Test("Devices and pipes are written as they are")
  func special() throws {
    try AtomicFile.write("gone", to: "/dev/null")
    try withTemporaryFolder { folder in
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      // Open for both ends, so that neither side waits for the other.
      let descriptor = open(pipe, O_RDWR)
      defer { close(descriptor) }
      try AtomicFile.write("through", to: pipe)
      var buffer = [UInt8](repeating: 0, count: 16)
      #expect(read(descriptor, &buffer, 16) == 7)
      #expect(Array(buffer.prefix(7)) == Array("through".utf8))
      #expect(try contents(of: folder) == ["pipe"])
      // A descriptor is written where it stands, not from the beginning.
      let log = open(folder + "/log", O_WRONLY | O_CREAT, 0o600)
      defer { close(log) }
      #expect(write(log, "a", 1) == 1)
      try AtomicFile.write("b", to: "/dev/fd/\(log)")
      try AtomicFile.write("c", to: "/proc/self/fd/\(log)")
      #expect(contents(ofFile: folder + "/log") == Array("abc".utf8))
    }
  }

  @Test("A pipe is read like a file")
  func readingPipe() throws {
    try withTemporaryFolder { folder in
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let tensor = sample([2, 3], as: Double.self)
      let writer = Thread { try? NumpyFile.write(tensor, to: pipe) }
      writer.start()
      let read: Tensor<Double> = try NumpyFile.read(pipe)
      #expect(read == tensor)
    }
  }

  @Test("A full disk is an error of writing", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    for size in [1, 100_000] {
      let error = try #require(
        fileError { try AtomicFile.write([UInt8](repeating: 0, count: size), to: "/dev/full") })
      #expect(error.kind == .cannotWrite)
      #expect(error.exitCode == 74)
      #expect(error.description.contains("no space left"))
    }
  }

  // MARK: Folders

  @Test("Files of a folder appear together")
  func folder() throws {
    try withTemporaryFolder { root in
      let path = root + "/a/b/"
      try AtomicFolder.checkWritable(path)
      #expect(try contents(of: root).isEmpty)
      var folder = try AtomicFolder(path)
      for name in ["1", "2"] { try folder.write(name) { (file) throws(FileError) in try file.write(name) } }
      #expect(try contents(of: path).allSatisfy { $0.hasPrefix(".") })
      try folder.commit()
      #expect(try contents(of: path) == ["1", "2"])
    }
  }

  @Test("A folder that is not committed leaves neither files nor new folders")
  func droppedFolder() throws {
    try withTemporaryFolder { root in
      do {
        var folder = try AtomicFolder(root + "/a/b")
        try folder.write("1") { (file) throws(FileError) in try file.write("x") }
        let failing = try #require(
          fileError {
            var inner = try AtomicFolder(root)
            try inner.write("2") { (_) throws(FileError) in throw FileError(.badData, path: "p", problem: "wrong") }
          })
        #expect(failing.path == "p")
        #expect(try contents(of: root) == ["a"])
      }
      #expect(try contents(of: root).isEmpty)
      try AtomicFile.write("", to: root + "/file")
      for path in [root + "/file", root + "/file/x", ""] {
        #expect(fileError { try AtomicFolder.checkWritable(path) }?.kind == .cannotCreate)
      }
    }
  }

  // MARK: Signals

  @Test("Unfinished files are removed on request")
  func removeAll() async {
    // In a process of its own: other tests have unfinished files too.
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { root in
        var file = try AtomicFile(root + "/x")
        try file.write("x")
        TemporaryFiles.removeAll()
        #expect(try contents(of: root).isEmpty)
        do throws(FileError) {
          try file.commit()
          exit(1)
        } catch { #expect(error.kind == .cannotWrite) }
      }
    }
  }

  @Test("A signal removes unfinished files and ends the process as if unhandled", arguments: [SIGINT, SIGTERM, SIGHUP])
  func signals(number: CInt) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spectra-signal-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .signal(number)) { [folder = folder as String, number = number as CInt] in
      signal(number, SIG_DFL)
      TemporaryFiles.removeOnInterrupt()
      TemporaryFiles.removeOnInterrupt()
      var output = try AtomicFolder(folder + "/new")
      try output.write("1") { (file) throws(FileError) in try file.write("x") }
      // All threads busy, as in a real run.
      for _ in 0..<4 { Thread.detachNewThread { while true {} } }
      kill(getpid(), number)
      var count = 0
      while true {
        count += 1
        try output.write("\(count)") { (file) throws(FileError) in try file.write("x") }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder), "the folder that was made is gone with its files")
  }

  @Test("A signal that is ignored stays ignored")
  func ignoredSignal() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGINT, SIG_IGN)
      TemporaryFiles.removeOnInterrupt()
      kill(getpid(), SIGINT)
      usleep(100_000)
      exit(7)
    }
  }
}
