import ArgumentParser
import Foundation
import Spectra

/// What a reader of a table must know about the machine and the software that it was measured with.
struct Machine: Encodable {
  var kind = "machine"
  var processor = Self.processorName
  var processors = Parallel.availableProcessors
  var caches = Self.cacheSizes
  var system = Self.systemName
  var swift = Self.swiftVersion
  var spectra = SpectraVersion.current
  var backend = Backend.name
  var core = Backend.core
  var date = ISO8601DateFormatter().string(from: Date())

  /// For people, in one sentence each.
  var summary: String {
    """
    \(processor), \(processors) processors (\(caches)), \(system)
    \(backend), \(core) kernels; \(swift); spectra \(spectra); \(date)
    """
  }
}

struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine", abstract: "Describes the machine and its software in one line of JSON.")

  func run() throws { print(try jsonLine(Machine())) }
}

// MARK: - Looking it up

extension Machine {
  private static func text(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static var processorName: String {
    let line = text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
  }

  /// As in `L1d 32K, L2 1024K, L3 32768K shared by 0-1`.
  private static var cacheSizes: String {
    let found = (0..<8).compactMap { index -> String? in
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
      guard let level = text(folder + "level"), let type = text(folder + "type"), let size = text(folder + "size"),
        type != "Instruction"
      else { return nil }
      let sharing = text(folder + "shared_cpu_list").flatMap { $0.contains { "-,".contains($0) } ? $0 : nil }
      return "L\(level)\(type == "Data" ? "d" : "") \(size)" + (sharing.map { " shared by \($0)" } ?? "")
    }
    return found.isEmpty ? "caches unknown" : found.joined(separator: ", ")
  }

  private static var systemName: String {
    let line = text("/etc/os-release")?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    let name = line?.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""])
    return name ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// Of the compiler on the path, which built this program a moment ago when `make` started it.
  private static var swiftVersion: String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["swift", "--version"]
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return "Swift unknown" }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let words = text.split(whereSeparator: \.isWhitespace)
    guard let position = words.firstIndex(of: "version"), words.indices.contains(position + 1) else {
      return "Swift unknown"
    }
    return "Swift \(words[position + 1])"
  }
}
