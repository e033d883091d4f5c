/// The style sheet of a page.
enum HTMLStyles {
  /// What a reader can choose: what the system prefers, or a palette.
  struct Choice: Equatable {
    /// Nil for what the system prefers.
    let palette: Palette.Name?

    static let all = [Choice(palette: nil)] + Palette.Name.allCases.map { Choice(palette: $0) }

    /// The choice of a page whose figure was made with a palette: light is the default, and follows the system.
    static func first(for palette: Palette.Name) -> Choice { Choice(palette: palette == .light ? nil : palette) }

    /// The identifier of its button.
    var id: String { "palette-\(palette?.rawValue ?? "system")" }

    var title: String { palette?.rawValue ?? "as the system" }
  }

  /// The colours of every palette as CSS variables, in force where the button of its choice is pressed, and what fades
  /// where one series is brought out.
  static func palettes(first: Palette.Name, _ figure: Figure) -> String {
    let legend = figure.legend
    func rule(_ selector: String, _ name: Palette.Name) -> String {
      let scheme = name == .dark ? "dark" : "light"
      return "\(selector) { color-scheme: \(scheme); \(Inks.declarations(Palette(name), figure)) }\n"
    }
    func chosen(_ palette: Palette.Name?) -> String { ":root:has(#\(Choice(palette: palette).id):checked)" }
    // Paper is white: dark colours are for screens.
    var rules = rule(":root", .light)
    if first != .light { rules += first == .dark ? "@media screen { \(rule(":root", .dark))}\n" : rule(":root", first) }
    rules += "@media screen and (prefers-color-scheme: dark) { \(rule(chosen(nil), .dark))}\n"
    if first != .light {
      rules += "@media (prefers-color-scheme: light) { \(rule(chosen(nil), .light))}\n"
    }
    for name in Palette.Name.allCases {
      rules += name == .dark ? "@media screen { \(rule(chosen(name), name))}\n" : rule(chosen(name), name)
    }
    guard legend.entries.count > 1 else { return rules }
    for entry in legend.entries.indices {
      let ink = "var(--series-\(entry))"
      rules += """
        svg[data-series="\(entry)"] :is([fill^="var(--series"], [stroke^="var(--series"])\
        :not([fill="\(ink)"], [stroke="\(ink)"]) { opacity: 0.1; }

        """
    }
    return rules
  }

  /// Everything but the colours.
  static let sheet = """
    * { box-sizing: border-box; }
    html { background: var(--background); color: var(--text); -webkit-text-size-adjust: 100%; }
    body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 1360px; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
    h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem; }
    h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
    p { margin: 0.5rem 0; }
    .faint, figcaption { color: var(--faint); font-size: 0.875rem; }
    :focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
    input { accent-color: var(--text); margin: 0 0.35rem 0 0; }
    button { font: inherit; color: inherit; background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer; }

    .palettes { border: 0; margin: 0.75rem 0; padding: 0; font-size: 0.875rem; }
    .palettes legend { float: left; padding: 0; margin-right: 1rem; color: var(--faint); }
    .palettes label { display: inline-block; margin-right: 1rem; white-space: nowrap; }

    figure { margin: 1rem 0 0; }
    figcaption p { margin: 0.15rem 0; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.15rem 0.5rem; margin: 0 0 0.5rem; padding: 0; }
    .legend button { display: flex; gap: 0.4rem; align-items: baseline; padding: 0.15rem 0.4rem; border-radius: 3px; font-size: 0.875rem; }
    .legend .law { display: flex; gap: 0.4rem; align-items: baseline; padding: 0.15rem 0.4rem; font-size: 0.875rem; }
    .legend button:hover { background: var(--grid); }
    .legend button[aria-pressed="true"] { box-shadow: inset 0 0 0 1px var(--text); }
    .legend svg { flex: none; }
    .legend span { overflow-wrap: anywhere; }
    .drawing { overflow-x: auto; }
    .drawing svg {
      display: block; height: auto; width: 100%; min-width: calc(var(--width) * 0.75); max-width: calc(var(--width) * 1.2);
    }
    .drawing .beside { display: none; }
    .narrow { display: none; }
    @media (max-width: 640px) {
      .wide { display: none; }
      .narrow { display: block; }
    }
    .tip { pointer-events: all; }
    .tip.at { fill: var(--text); fill-opacity: 0.08; }
    #tooltip {
      position: fixed; z-index: 1; max-width: min(26rem, 92vw); padding: 0.35rem 0.55rem; border: 1px solid var(--faint);
      border-radius: 3px; background: var(--background); color: var(--text); font-size: 0.8125rem; line-height: 1.4;
      white-space: pre-line; overflow-wrap: anywhere; pointer-events: none;
    }
    #tooltip[hidden] { display: none; }
    .tools button, .command button {
      border: 1px solid var(--faint); border-radius: 3px; padding: 0.15rem 0.6rem; font-size: 0.8125rem;
    }
    .tools { margin: 0.5rem 0; }

    .scroll { overflow-x: auto; }
    .scroll.long { max-height: 40rem; overflow-y: auto; border-bottom: 1px solid var(--grid); }
    .scroll.long thead th { position: sticky; top: 0; background: var(--background); }
    table { border-collapse: collapse; font-size: 0.8125rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.35rem 0.5rem; border-bottom: 1px solid var(--grid); vertical-align: top; text-align: left; }
    th { font-weight: 600; }
    .sortable thead th { border-bottom: 1px solid var(--faint); vertical-align: bottom; }
    .sortable th:first-child { padding-left: 0; min-width: 7rem; }
    .number { text-align: right; white-space: nowrap; }
    thead .number { white-space: normal; }
    .sentence { min-width: 9rem; }
    .short .beside { white-space: nowrap; }
    td .beside, th .beside { display: block; color: var(--faint); font-weight: 400; font-size: 0.92em; }
    th[aria-sort] button::after { content: "\\00a0▲"; font-size: 0.7em; }
    th[aria-sort="descending"] button::after { content: "\\00a0▼"; }
    sup { line-height: 0; font-size: 0.75em; }
    .settings { margin: 0 0 1rem; }
    .settings th { font-weight: 400; padding-left: 0; padding-right: 1.25rem; white-space: nowrap; }
    .settings td { overflow-wrap: anywhere; }
    .columns { columns: 22rem 3; column-gap: 2.5rem; }
    .columns .settings { width: 100%; }
    .command { display: flex; gap: 0.75rem; align-items: start; }
    pre {
      flex: 1; min-width: 0; margin: 0.25rem 0; padding: 0.6rem 0.75rem; border: 1px solid var(--grid); border-radius: 3px;
      font: 0.8125rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
    }
    code { font: inherit; }
    .command button { margin-top: 0.5rem; }

    @media print {
      main { max-width: none; padding: 0; }
      .palettes, .tools, .command button, #tooltip, .narrow { display: none; }
      .wide { display: block; }
      .drawing svg { min-width: 0; }
      .drawing, .scroll, .scroll.long { overflow: visible; max-height: none; }
      body { font-size: 10pt; }
      .sortable { font-size: 7pt; }
      th, td { padding: 0.15rem 0.3rem; }
      tr, .drawing svg { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .command { display: block; }
    }

    """
}
