import Foundation

/// The resident memory of this process.
enum Memory {
  /// The most that was held so far, or since `forgetPeak`, in bytes.
  ///
  /// Linux's `getrusage` would count what the program that started this one held, too.
  static var peak: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
    if let line = status.first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    {
      return kibibytes * 1024
    }
    var usage = rusage()
    #if os(Linux)
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
      return usage.ru_maxrss * 1024  // kibibytes there, bytes elsewhere
    #else
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
      return usage.ru_maxrss
    #endif
  }

  /// Lets the peak start anew from what is held now, where the system can (Linux); elsewhere it stays that of the whole
  /// process.
  static func forgetPeak() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }
}
