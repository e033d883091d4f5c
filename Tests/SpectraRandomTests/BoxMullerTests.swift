import Foundation
import Testing

@testable import SpectraRandom

@Suite("The transform to normal numbers")
struct BoxMullerTests {
  @Test("The logarithm has an error of about 1 unit in the last place")
  func logarithm() {
    var stream = RandomKey(seed: 0, sample: 0, purpose: "test").stream("log")
    // Both ends of the interval and all magnitudes between; the C library's own error adds up to one unit.
    var arguments = [0x1p-53, 1 - 0x1p-53, 0.5, 0.5.squareRoot(), 0.5.squareRoot().nextDown]
    for exponent in 0..<53 {
      for _ in 0..<20 {
        let scaled = stream.uniform() * pow(2, -Double(exponent))
        arguments += [scaled + 0x1p-53, 1 - scaled].filter { $0 > 0 && $0 < 1 }
      }
    }
    for argument in arguments {
      let expected = log(argument)
      #expect(abs(BoxMuller.log(argument) - expected) <= 2 * expected.ulp, "ln \(argument)")
    }
    #expect(BoxMuller.log(1) == 0)
  }

  @Test("Sine and cosine have errors of at most 2 units in the last place")
  func sineAndCosine() {
    var stream = RandomKey(seed: 0, sample: 0, purpose: "test").stream("sine")
    for eighth in 0..<8 {
      for _ in 0..<100 {
        let turn = Int64(eighth) << 50 + Int64(stream.next() >> 14)
        // Reference: the angle from the nearest quarter turn, which is small and therefore accurate.
        let quarter = (turn + 1 << 50) >> 51
        let angle = Double(turn - quarter << 51) * 0x1p-53 * 2 * Double.pi
        let (s, c) = (sin(angle), cos(angle))
        let expected = [(c, s), (-s, c), (-c, -s), (s, -c)][Int(quarter) % 4]
        let (cosine, sine) = BoxMuller.cosineAndSine(ofTurn: turn)
        // The library's value has an error of its own, and so has the reference's angle (two roundings).
        #expect(abs(cosine - expected.0) <= 3 * expected.0.ulp)
        #expect(abs(sine - expected.1) <= 3 * expected.1.ulp)
      }
    }
  }

  @Test("Quarter turns are exact", arguments: zip(0..<4, [(1.0, 0.0), (0, 1), (-1, 0), (0, -1)]))
  func quarterTurns(quarter: Int, expected: (Double, Double)) {
    let (cosine, sine) = BoxMuller.cosineAndSine(ofTurn: Int64(quarter) << 51)
    #expect(cosine == expected.0)
    #expect(sine == expected.1)
  }

  @Test("The extreme words give finite numbers: 0 and √(2·53·ln 2)")
  func extremes() {
    #expect(BoxMuller.pair(0, 0) == (0, 0))
    let largest = (2 * 53 * log(2.0)).squareRoot()
    let (first, second) = BoxMuller.pair(.max, 0)
    #expect(abs(first - largest) <= 2 * largest.ulp)
    #expect(second == 0)
    #expect(abs(BoxMuller.pair(.max, .max).0) <= largest.nextUp)
  }
}
