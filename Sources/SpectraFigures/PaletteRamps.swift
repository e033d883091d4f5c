import RealModule

extension Palette {
  /// Colours of numbers.
  public enum Ramp: Sendable, Equatable, CaseIterable {
    /// From the smallest number to the largest.
    case sequential
    /// From a middle in two directions. Greys have one direction only: in print it is that from the smallest to the largest, and
    /// the middle is a grey like others.
    case diverging
  }

  /// The colours of a ramp at equal distances, the smallest number's first.
  ///
  /// Lightness goes one way along each arm. Light and dark: viridis (van der Walt and Smith 2015) and ColorBrewer's RdBu (Harrower
  /// and Brewer 2003), in the dark with a dark middle; colour-blind: cividis (Nuñez et al. 2018) and ColorBrewer's PuOr.
  func colours(of ramp: Ramp) -> [Colour] {
    let digits: [Int] =
      switch (ramp, name) {
      case (.sequential, .light), (.sequential, .dark):
        [0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725]
      case (.sequential, .colourBlind):
        [0x00204D, 0x31446B, 0x666970, 0x958F78, 0xCBBA69, 0xFFEA46]
      case (_, .print): [0x303030, 0xF4F4F4]
      case (.diverging, .light): [0x2166AC, 0x67A9CF, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xEF8A62, 0xB2182B]
      case (.diverging, .dark): [0x9CCBFF, 0x4A8FD0, 0x2A4C70, 0x23282F, 0x70412A, 0xC9743B, 0xFFC08A]
      case (.diverging, .colourBlind): [0x542788, 0x998EC3, 0xD8DAEB, 0xF7F7F7, 0xFEE0B6, 0xF1A340, 0xB35806]
      }
    return digits.map(Colour.init)
  }

  /// The colour of a step of a ramp, of `Inks.steps` from the smallest number to the largest.
  func colour(ofStep step: Int, in ramp: Ramp) -> Colour {
    .onRamp(colours(of: ramp), at: Double(step) / Double(Inks.steps - 1))
  }
}
