import Foundation
import TestSupport
import Testing

/// A run of the built executable, as a user's shell would start it.
struct Command {
  var status: Int32
  var endedBySignal: Bool
  var output: String
  var error: String

  var errorLines: [Substring] { error.split(separator: "\n") }

  /// The executable, which the build puts beside the test bundle.
  static let path: String = {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folder = bundle.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("spectra").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
        FileManager.default.isExecutableFile(atPath: candidate)
      {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return "spectra"
  }()

  /// Runs the command to its end.
  init(_ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]) throws {
    try self.init(program: Self.path, arguments, in: folder, environment: environment)
  }

  /// Runs a line of the shell in which `spectra` is the command.
  init(shell line: String, in folder: String? = nil) throws {
    let directory = URL(fileURLWithPath: Self.path).deletingLastPathComponent().path
    try self.init(program: "/bin/sh", ["-c", line], in: folder, environment: ["PATH": "\(directory):/usr/bin:/bin"])
  }

  private init(program: String, _ arguments: [String], in folder: String?, environment: [String: String]) throws {
    self = try withTemporaryFolder { outputs in
      let running = try Running(program, arguments, in: folder, environment: environment, outputs: outputs)
      return try running.ended()
    }
  }

  init(status: Int32, endedBySignal: Bool, output: String, error: String) {
    (self.status, self.endedBySignal, self.output, self.error) = (status, endedBySignal, output, error)
  }
}

/// A command that has been started. Its outputs go to files: no pipe can fill up, and nothing is a terminal.
struct Running {
  let process = Process()
  let outputs: String

  init(
    _ program: String, _ arguments: [String], in folder: String?, environment: [String: String] = [:], outputs: String
  ) throws {
    self.outputs = outputs
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    // A fixed environment: what the tests' own terminal and locale are does not matter.
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "COLUMNS": "80"]
      .merging(environment) { _, new in new }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.handle(outputs + "/output")
    process.standardError = try Self.handle(outputs + "/error")
    try process.run()
  }

  private static func handle(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  /// Waits for the end.
  func ended() throws -> Command {
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(outputs)/\(name)")), as: UTF8.self)
    }
    return Command(
      status: process.terminationStatus, endedBySignal: process.terminationReason == .uncaughtSignal,
      output: try text("output"), error: try text("error"))
  }
}

func text(ofFile path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}
