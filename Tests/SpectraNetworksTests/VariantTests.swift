import Foundation
import SpectraLinearAlgebra
import Testing

@testable import SpectraNetworks

@Suite("Variants: named parts with settings")
struct VariantTests {
  @Test("Text leads to a variant and back, for every setting at its default and at other values", arguments: Part.all)
  func text(part: Part) throws {
    #expect(try part.printed(part.name) == part.name)
    for setting in part.settings {
      let values = Part.values(of: setting)
      #expect(values.count >= 2, "\(setting.key)")
      for value in values {
        #expect(try part.printed("\(part.name):\(setting.key)=\(value)") == "\(part.name):\(setting.key)=\(value)")
      }
      if let defaultValue = setting.defaultValue {
        #expect(setting.value(defaultValue.text) == defaultValue && setting.rule == defaultValue.text)
      }
      #expect(!setting.meaning.isEmpty && !setting.rule.isEmpty)
    }
    #expect(Set(part.settings.map(\.key)).count == part.settings.count)
    // In the order of the name's list, however they were written.
    let given = part.settings.map { ":\($0.key)=\(Part.values(of: $0)[1])" }
    #expect(try part.printed(part.name + given.reversed().joined()) == part.name + given.joined())
  }

  @Test("Values that are not allowed are refused with what is", arguments: Part.all)
  func refusals(part: Part) {
    for setting in part.settings {
      for value in ["x", "nan", "inf", "-inf", "1e999", " 1", "TRUE"] + Part.valuesOutside(setting) {
        #expect(
          part.error("\(part.name):\(setting.key)=\(value)")
            == "'\(value)' is no \(setting.key) of \(part.name): it must be \(setting.allowed).")
      }
      let text = "\(part.name):\(setting.key)="
      #expect(part.error(text) == "'\(setting.key)=' in '\(text)' is no setting; write key=value.")
      let value = Part.values(of: setting)[0]
      #expect(
        part.error("\(part.name):\(setting.key)=\(value):\(setting.key)=\(value)")
          == "\(part.name) is given \(setting.key) twice, \(value) and \(value); name it once.")
    }
    let known = part.settings.map(\.key).joined(separator: ", ")
    #expect(
      part.error("\(part.name):sigma=1")
        == (known.isEmpty
          ? "'sigma' is unknown: \(part.name) has no settings."
          : "'sigma' is unknown: a setting of \(part.name) is one of \(known)."))
  }

  @Test("No setting is dead: each value changes the parameters, the output or its derivative", arguments: Part.all)
  func effects(part: Part) throws {
    for setting in part.settings {
      let values = Part.values(of: setting)
      // What follows from the network where nothing is given is a value, too.
      let texts = (setting.defaultValue == nil ? [""] : []) + values.map { ":\(setting.key)=\($0)" }
      var (seen, refused): ([(text: String, effect: Effect)], Int) = ([], 0)
      for text in texts {
        let text = part.name + part.context(of: setting) + text
        let architecture = try part.architecture(text)
        do {
          _ = try architecture.builtActivation()
        } catch {
          // A transformation that does not exist is refused with the reason.
          let sentence = error.description
          #expect(sentence.contains(" cannot transform \(part.name), ") || sentence.contains(" of \(part.name) for "))
          refused += 1
          continue
        }
        let effect = try Effect(of: architecture)
        #expect(effect.jacobian.isFinite)
        for (other, its) in seen { #expect(its != effect, "\(text) is \(other)") }
        seen.append((text, effect))
      }
      // Of lines there is none to a transformation.
      let isLine = part.name == "linear" || part.name == "relu"
      #expect(seen.count + refused == texts.count && seen.count >= (isLine ? 1 : 2), "\(setting.key)")
      #expect(refused == 0 || ["transform", "zeta", "layers"].contains(setting.key))
    }
  }

  // MARK: Sentences

  @Test("What is wrong with a text, in a sentence")
  func sentences() {
    func error<Name: VariantName>(_ text: String, _ type: Name.Type) -> VariantError? {
      do {
        _ = try Variant<Name>(text: text)
        return nil
      } catch {
        return error
      }
    }
    let pairs = [
      (error("xskip:lambda=x", Connection.self), "'x' is no lambda of xskip: it must be a finite number."),
      (
        error("rskip-ln:lambda=1.5", Connection.self),
        "'1.5' is no lambda of rskip-ln: it must be a whole number from 1 to 1000."
      ),
      (error("xskip:lambda", Connection.self), "'lambda' in 'xskip:lambda' is no setting; write key=value."),
      (error("xskip:=2", Connection.self), "'=2' in 'xskip:=2' is no setting; write key=value."),
      (error("xskip:", Connection.self), "'' in 'xskip:' is no setting; write key=value."),
      (
        error("weighted:gamma=2", Connection.self),
        "'gamma' is unknown: a setting of weighted is one of alpha, beta."
      ),
      (error("vanilla:lambda=2", Connection.self), "'lambda' is unknown: vanilla has no settings."),
      (
        error("xskip:lambda=1:lambda=2", Connection.self),
        "xskip is given lambda twice, 1 and 2; name it once."
      ),
      (
        error("layernorm:eps=-1", NormalizerName.self), "'-1' is no eps of layernorm: it must be a number of 0 or more."
      ),
      (
        error("detachnorm:detach=all", NormalizerName.self),
        "'all' is no detach of detachnorm: it must be mean, deviation or both."
      ),
      (
        error("adanorm:detached=yes", NormalizerName.self),
        "'yes' is no detached of adanorm: it must be true or false."
      ),
      (
        error("groupnorm", NormalizerName.self),
        "'groupnorm' is unknown: a normaliser is one of layernorm, layernorm-simple, detachnorm, adanorm, rmsnorm, "
          + "batchnorm, frn, none."
      ),
      (error("u-spa:rho=1", AttentionName.self), "'1' is no rho of u-spa: it must be a number between 0 and 1."),
      (
        error("e-spa:gamma=0", AttentionName.self), "'0' is no gamma of e-spa: it must be a number from 1e-300 to 300."
      ),
      (
        error("softmax:scale=half", AttentionName.self),
        "'half' is no scale of softmax: it must be inverse-sqrt, inverse or a finite number."
      ),
      (
        error("spa", AttentionName.self),
        "'spa' is unknown: an attention is one of softmax, value-skipinit, shaped, u-spa, e-spa."
      ),
      (error("tanh:zeta=1", ActivationName.self), "'1' is no zeta of tanh: it must be a number above 1."),
      (
        error("tanh:eta=0.5", ActivationName.self),
        "'eta' is unknown: a setting of tanh is one of transform, zeta, tau, layers."
      ),
    ]
    for (error, sentence) in pairs { #expect(error?.description == sentence) }
    // For a hint at the nearest name.
    let unknown = error("xskp:lambda=2", Connection.self)
    #expect(unknown?.unknown == "xskp" && unknown?.known == Connection.allCases.map(\.rawValue))
    #expect(unknown?.description.hasPrefix("'xskp' is unknown: a connection is one of vanilla, residual, ") == true)
    let setting = error("weighted:lambda=2", Connection.self)
    #expect(setting?.unknown == "lambda" && setting?.known == ["alpha", "beta"])
    #expect(error("xskip:lambda=x", Connection.self)?.unknown == nil)
  }

  // MARK: Values

  @Test("Values are those given, else the defaults, else none")
  func values() throws {
    let xskip = Variant(Connection.xskip)
    #expect(xskip.number("lambda") == 2 && xskip.given.isEmpty && xskip.word("lambda") == nil)
    #expect(xskip.has("lambda") && !xskip.has("alpha") && xskip.number("alpha") == nil)
    let half = try Variant<Connection>(text: "xskip:lambda=5e-1")
    #expect(half == .xskip(lambda: 0.5) && half.number("lambda") == 0.5 && half.description == "xskip:lambda=0.5")
    #expect(Variant(Connection.deepnorm).number("alpha") == nil)
    let scaled = try Variant<AttentionName>(text: "softmax:scale=2:qk-norm=cosine")
    #expect(scaled.number("scale") == 2 && scaled.word("scale") == nil && scaled.word("qk-norm") == "cosine")
    #expect(Variant(AttentionName.softmax).word("scale") == "inverse-sqrt")
    #expect(Variant(NormalizerName.adanorm).isOn("detached"))
    #expect(!Variant<NormalizerName>.adanorm(isDetached: false).isOn("detached"))

    #expect(try Variant(.weighted, ["beta": .number(3), "alpha": .number(1)]) == .weighted(alpha: 1, beta: 3))
    #expect(throws: VariantError("'nan' is no lambda of xskip: it must be a finite number.")) {
      try Variant(Connection.xskip, ["lambda": .number(.nan)])
    }
    #expect(throws: VariantError("'0.5' is no lambda of rskip-ln: it must be a whole number from 1 to 1000.")) {
      try Variant(Connection.rskipLN, ["lambda": .number(0.5)])
    }
  }

  @Test(
    "Numbers are written as short as leads back to them",
    arguments: [
      (2, "2"), (-3, "-3"), (0, "0"), (0.1, "0.1"), (1e-5, "1e-05"), (123_456_789_012_345, "123456789012345"),
      (1e300, "1e+300"), (1.0 / 3, "0.3333333333333333"), (-.leastNonzeroMagnitude, "-5e-324"),
    ] as [(Double, String)])
  func numbers(number: Double, text: String) throws {
    #expect(SettingValue.number(number).text == text)
    #expect(try Variant<Connection>(text: "xskip:lambda=\(text)").number("lambda") == number)
  }

  @Test("In JSON a variant is its text")
  func coding() throws {
    let variants: [Variant<Connection>] = [
      Variant(.preLN), .xskip(lambda: -2), .weighted(alpha: 0.3, beta: 1), .rskipLN(lambda: 3),
    ]
    let json = try JSONEncoder().encode(variants)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"["pre-ln","xskip:lambda=-2","weighted:alpha=0.3:beta=1","rskip-ln:lambda=3"]"#)
    #expect(try JSONDecoder().decode([Variant<Connection>].self, from: json) == variants)
    #expect {
      try JSONDecoder().decode([Variant<Connection>].self, from: Data(#"["xskip:lambda=x"]"#.utf8))
    } throws: { error in
      guard case DecodingError.dataCorrupted(let context) = error else { return false }
      return context.debugDescription == "'x' is no lambda of xskip: it must be a finite number."
    }
  }
}
