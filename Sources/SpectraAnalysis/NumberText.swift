#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as people read them, for sentences and reports; files hold the full digits instead.
package enum NumberText {
  /// `value` with a fixed number of decimals, as in `0.810`; never a negative zero.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    let text = printed(value, format: "%.\(decimals)f")
    return text.hasPrefix("-") && !text.contains { "123456789".contains($0) } ? String(text.dropFirst()) : text
  }

  /// The shortest decimal that reads back as `value`, without `.0`: `-11`, `0.25`.
  package static func shortest(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `value` to some significant digits: `0.0123`, `64.0`, `1.23e-05`.
  package static func significant(_ value: Double, digits: Int = 3) -> String {
    guard value != 0 else { return "0" }
    guard value.isFinite else { return "\(value)" }
    let scientific = printed(value, format: "%.\(digits - 1)e")
    // The exponent after rounding: 9.999 to three digits is 10.0, not 10.00.
    let exponent = scientific.firstIndex(of: "e").flatMap { Int(scientific[scientific.index(after: $0)...]) } ?? 0
    guard (-3...4).contains(exponent) else { return scientific }
    return fixed(value, decimals: Swift.max(digits - 1 - exponent, 0))
  }

  /// `value` to some significant digits, `0` where it is less than the rounding of what it was computed from.
  package static func significant(_ value: Double, digits: Int = 3, rounding: Double) -> String {
    significant(abs(value) < rounding ? 0 : value, digits: digits)
  }

  /// exp(`logarithm`) to some significant digits, whatever its exponent: `3.2e+05`, `1.0e+400`.
  package static func significantExp(_ logarithm: Double, digits: Int = 2) -> String {
    let decimal = logarithm / log(10)
    if abs(decimal) < 300 { return significant(exp(logarithm), digits: digits) }
    // Beyond any network's, but a file may hold it: no digit of the mantissa is known then.
    guard abs(decimal) < 1e15 else { return "exp(\(shortest(logarithm)))" }
    var exponent = Int(decimal.rounded(.down))
    var mantissa = fixed(pow(10, decimal - decimal.rounded(.down)), decimals: digits - 1)
    if mantissa.hasPrefix("10") { (mantissa, exponent) = (fixed(1, decimals: digits - 1), exponent + 1) }
    return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }

  /// A share between 0 and 1 in per cent: `100%`, `12%`, `3.1%`, `<.1%`, `99.7%`, `>99.9%`.
  package static func percent(_ share: Double) -> String {
    let percent = share * 100
    if percent <= 0 { return "0%" }
    if percent < 0.1 { return "<.1%" }
    if percent < 9.95 { return fixed(percent, decimals: 1) + "%" }
    if percent < 99.5 || share >= 1 { return fixed(percent, decimals: 0) + "%" }
    // What is not everything must not be printed as everything.
    return percent < 99.95 ? fixed(percent, decimals: 1) + "%" : ">99.9%"
  }

  /// `value` with two decimals, or as many as show that it is not `bound`.
  package static func fixed(_ value: Double, unlike bound: Double) -> String {
    let decimals = (2...15).first { value == bound || fixed(value, decimals: $0) != fixed(bound, decimals: $0) }
    return fixed(value, decimals: decimals ?? 15)
  }

  /// A share in per cent, with as many decimals as show that it is not `bound`.
  package static func percent(_ share: Double, unlike bound: Double) -> String {
    if share == bound || percent(share) != percent(bound) { return percent(share) }
    let decimals = (1...15).first { fixed(share * 100, decimals: $0) != fixed(bound * 100, decimals: $0) }
    return fixed(share * 100, decimals: decimals ?? 15) + "%"
  }

  private static func printed(_ value: Double, format: String) -> String {
    withVaList([value]) { arguments in
      // 400 characters hold any Double with the few decimals used here.
      var buffer = [CChar](repeating: 0, count: 400)
      let length = Int(vsnprintf(&buffer, buffer.count, format, arguments))
      return String(
        decoding: buffer.prefix(Swift.min(length, buffer.count - 1)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}

extension Double {
  /// The number, or nil where it is infinite or none: files have no such numbers.
  package var ifFinite: Double? { isFinite ? self : nil }
}
