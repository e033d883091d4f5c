import RealModule

/// A colour of the sRGB space.
public struct Colour: Sendable, Equatable {
  /// Between 0 and 255.
  public let red, green, blue: Int

  /// A colour from six hexadecimal digits: `0x1F6FB4`.
  init(_ hexadecimal: Int) {
    (red, green, blue) = (hexadecimal >> 16 & 255, hexadecimal >> 8 & 255, hexadecimal & 255)
  }

  private init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (Int(red.rounded()), Int(green.rounded()), Int(blue.rounded()))
  }

  /// As CSS and SVG write it: `#1f6fb4`.
  public var css: String {
    let digits = String(red << 16 | green << 8 | blue, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// The relative luminance, 0 for black and 1 for white (WCAG 2.2).
  public var luminance: Double {
    func linear(_ channel: Int) -> Double {
      let share = Double(channel) / 255
      return share <= 0.04045 ? share / 12.92 : .pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// The contrast ratio of two colours, 1…21 (WCAG 2.2).
  public static func contrast(_ one: Colour, _ other: Colour) -> Double {
    let (a, b) = (one.luminance + 0.05, other.luminance + 0.05)
    return Swift.max(a, b) / Swift.min(a, b)
  }

  /// The colour at a place of a ramp whose colours stand at equal distances, 0 for the first and 1 for the last.
  static func onRamp(_ ramp: [Colour], at place: Double) -> Colour {
    let position = Swift.min(Swift.max(place, 0), 1) * Double(ramp.count - 1)
    let first = Swift.min(Int(position), ramp.count - 2)
    let share = position - Double(first)
    func mixed(_ channel: (Colour) -> Int) -> Double {
      Double(channel(ramp[first])) * (1 - share) + Double(channel(ramp[first + 1])) * share
    }
    return Colour(red: mixed(\.red), green: mixed(\.green), blue: mixed(\.blue))
  }
}
