import Testing

@testable import SpectraTheory

@Suite struct PolygammaTests {
  /// x, ψ(x), ψ′(x) by mpmath 1.3 with 30 digits, at x as a double.
  private static let values: [(x: Double, digamma: Double, trigamma: Double)] = [
    (0.001, -1000.57557193181028, 1000001.64253319583),
    (0.5, -1.96351002602142348, 4.93480220054467931),
    (1, -0.577215664901532861, 1.64493406684822644),
    (1.4616321449683622, -9.24126552172942748e-17, 0.967672245447621255),
    (1.5, 0.0364899739785765206, 0.934802200544679309),
    (2, 0.422784335098467139, 0.644934066848226436),
    (2.5, 0.703156640645243187, 0.490357756100234865),
    (3.25, 1.01699091106817904, 0.359798290309579875),
    (5, 1.50611766843180047, 0.221322955737115325),
    (7.5, 1.94675748424608679, 0.1426158966967038),
    (9.999, 2.25164741720573531, 0.105177386676728862),
    (10, 2.25175258906672111, 0.105166335681685746),
    (10.5, 2.30300103429768638, 0.0999169560591267332),
    (31.5, 3.43403055420756272, 0.0322552682686736859),
    (128, 4.84811892768763952, 0.00784309705001461513),
    (250.5, 5.52146158452704645, 0.00399999466669653296),
    (1000, 6.90725519564881205, 0.00100050016666663333),
    (1e6, 13.8155100579641908, 1.00000050000016667e-6),
    (1e12, 27.6310211159280482, 1.0000000000005e-12),
    (-0.5, 0.0364899739785765206, 8.93480220054467931),
    (-3.7, -0.845076858870419355, 14.8424218641242799),
  ]

  @Test(arguments: values)
  func againstMpmath(x: Double, digamma expected: Double, trigamma second: Double) {
    // 1e-14 of the larger of 1 and the value: up to ten terms of the recurrence, each rounded. Near its zero ψ is a difference
    // of numbers of size 1; next to the pole at −3.7 the reflection's cotangent amplifies the rounding of x − round(x) tenfold,
    // still far below.
    #expect(abs(digamma(x) - expected) <= 1e-14 * max(1, abs(expected)))
    #expect(abs(trigamma(x) - second) <= 1e-14 * max(1e-12, abs(second)))
  }

  @Test func poles() {
    for pole in [0.0, -1, -7] {
      #expect(digamma(pole).isNaN)
      #expect(trigamma(pole) == .infinity)
    }
    #expect(digamma(.nan).isNaN && trigamma(.nan).isNaN && digamma(-.infinity).isNaN && trigamma(-.infinity).isNaN)
    #expect(digamma(.infinity) == .infinity && trigamma(.infinity) == 0)
  }
}
