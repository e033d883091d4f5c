/// Draws of PyTorch 2.15.0 (CPU, x86-64, the same with its AVX2 and its AVX-512 kernels), each after
/// `torch.manual_seed(seed)`.
struct TorchGoldenDraw {
  enum Call {
    /// `torch.randn(count)`
    case normal
    /// `torch.empty(count).normal_(0.5, 0.02)`
    case scaledNormal
    /// `torch.empty(count).uniform_(-0.3, 0.7)`
    case uniform
    /// `torch.empty(count, dtype=torch.float64).uniform_(-0.3, 0.7)`
    case uniformDoubles
  }

  let call: Call
  let seed: UInt64
  let count: Int
  /// FNV-1a over the bit patterns of all elements, one step per element.
  let checksum: UInt64
  /// Bit patterns.
  let first: UInt64
  let last: UInt64

  init(_ call: Call, seed: UInt64, count: Int, checksum: UInt64, first: UInt64, last: UInt64) {
    self.call = call
    self.seed = seed
    self.count = count
    self.checksum = checksum
    self.first = first
    self.last = last
  }

  // Sizes on both sides of 16, where PyTorch changes the rule; seeds with bits above the 32 that count.
  static let all: [TorchGoldenDraw] = [
    .init(.normal, seed: 0, count: 1, checksum: 0x745d_11ab_49b5_619b, first: 0x3fc5_3f5c, last: 0x3fc5_3f5c),
    .init(.normal, seed: 0, count: 15, checksum: 0xe96e_3f95_cb41_40b3, first: 0x3fc5_3f5c, last: 0xbf89_1cab),
    .init(.normal, seed: 0, count: 16, checksum: 0xf104_8bde_bede_beff, first: 0xbf90_1b85, last: 0xbe7d_367c),
    .init(.normal, seed: 0, count: 17, checksum: 0xe286_cca8_e096_4ccf, first: 0xbf90_1b85, last: 0x3f6e_8c30),
    .init(.normal, seed: 0, count: 64, checksum: 0xae13_db19_cb69_ac7d, first: 0xbf90_1b85, last: 0xbf0d_30fc),
    .init(.normal, seed: 0, count: 1000, checksum: 0x287b_1872_9c92_50fb, first: 0xbf90_1b85, last: 0xbf16_0f60),
    .init(.normal, seed: 42, count: 1, checksum: 0x1b82_23a8_ffb9_5f31, first: 0x3eac_62ae, last: 0x3eac_62ae),
    .init(.normal, seed: 42, count: 15, checksum: 0x1163_5d35_32e8_0831, first: 0x3eac_62ae, last: 0xbf7d_2c7a),
    .init(.normal, seed: 42, count: 16, checksum: 0x0ba2_178f_6e02_a950, first: 0x3ff6_a529, last: 0x3f43_2f9f),
    .init(.normal, seed: 42, count: 17, checksum: 0x0441_23aa_4368_423f, first: 0x3ff6_a529, last: 0xbe9e_9482),
    .init(.normal, seed: 42, count: 64, checksum: 0x1ac3_38c9_0fd4_4264, first: 0x3ff6_a529, last: 0x3fb1_1825),
    .init(.normal, seed: 42, count: 1000, checksum: 0x995c_894c_e195_0846, first: 0x3ff6_a529, last: 0xbf5a_7bfd),
    .init(
      .normal, seed: 4_294_967_303, count: 1, checksum: 0xc1b2_e8ce_e71e_3fa3, first: 0xbe16_5174, last: 0xbe16_5174),
    .init(
      .normal, seed: 4_294_967_303, count: 15, checksum: 0x95b9_bf59_0000_be1e, first: 0xbe16_5174, last: 0x3fb2_9e22),
    .init(
      .normal, seed: 4_294_967_303, count: 16, checksum: 0x8884_a78d_c8e1_af4d, first: 0xbf51_f456, last: 0x3f8b_8a88),
    .init(
      .normal, seed: 4_294_967_303, count: 17, checksum: 0xbb61_808d_00b2_f9e3, first: 0xbf51_f456, last: 0xbf5d_e028),
    .init(
      .normal, seed: 4_294_967_303, count: 64, checksum: 0xd173_0568_931e_7901, first: 0xbf51_f456, last: 0x3f41_12c3),
    .init(
      .normal, seed: 4_294_967_303, count: 1000, checksum: 0x7547_e33e_10ab_321f, first: 0xbf51_f456, last: 0xbf59_495a),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 1, checksum: 0x21cf_abaa_bd6f_1d49, first: 0x3fb6_ac36,
      last: 0x3fb6_ac36),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 15, checksum: 0x3160_77a1_4d5c_b4b9, first: 0x3fb6_ac36,
      last: 0xbcdd_457a),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 16, checksum: 0xb145_faa3_6a01_a2ac, first: 0xbfbd_6a57,
      last: 0x3e3f_3ca2),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 17, checksum: 0xf803_6a23_3df4_e916, first: 0xbfbd_6a57,
      last: 0x3f05_bd2a),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 64, checksum: 0x1510_8998_4417_eddc, first: 0xbfbd_6a57,
      last: 0xbfbe_57bc),
    .init(
      .normal, seed: 9_223_372_036_854_788_153, count: 1000, checksum: 0xf0d7_62de_88ff_f2f4, first: 0xbfbd_6a57,
      last: 0xbebf_ae10),
    .init(.scaledNormal, seed: 0, count: 1, checksum: 0xb301_8daa_0126_e04f, first: 0x3f07_e3d0, last: 0x3f07_e3d0),
    .init(.scaledNormal, seed: 0, count: 15, checksum: 0x72fd_e79b_96c8_8d98, first: 0x3f07_e3d0, last: 0x3ef5_07f2),
    .init(.scaledNormal, seed: 0, count: 16, checksum: 0xf607_fd2b_a93c_71fa, first: 0x3ef4_78ae, last: 0x3efd_77c6),
    .init(.scaledNormal, seed: 0, count: 17, checksum: 0xbe47_84b6_ae22_e098, first: 0x3ef4_78ae, last: 0x3f04_c55d),
    .init(.scaledNormal, seed: 0, count: 64, checksum: 0xb090_6cd2_2231_f374, first: 0x3ef4_78ae, last: 0x3efa_5a33),
    .init(.scaledNormal, seed: 0, count: 1000, checksum: 0x5ce9_8995_7e88_7a3a, first: 0x3ef4_78ae, last: 0x3ef9_ff63),
    .init(.scaledNormal, seed: 42, count: 1, checksum: 0xb0db_02a9_fd7f_621e, first: 0x3f01_b94f, last: 0x3f01_b94f),
    .init(.scaledNormal, seed: 42, count: 15, checksum: 0xc7d6_c151_513d_7a14, first: 0x3f01_b94f, last: 0x3ef5_df80),
    .init(.scaledNormal, seed: 42, count: 16, checksum: 0x82f3_9e13_175a_33a9, first: 0x3f09_dda5, last: 0x3f03_e75a),
    .init(.scaledNormal, seed: 42, count: 17, checksum: 0xb65b_d298_d041_6c90, first: 0x3f09_dda5, last: 0x3efc_d412),
    .init(.scaledNormal, seed: 42, count: 64, checksum: 0xd6a0_0081_135c_260e, first: 0x3f09_dda5, last: 0x3f07_1572),
    .init(.scaledNormal, seed: 42, count: 1000, checksum: 0xe908_f147_c58d_da69, first: 0x3f09_dda5, last: 0x3ef7_42b8),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 1, checksum: 0x699c_a2a9_8470_64fe, first: 0x3efe_7f2f,
      last: 0x3efe_7f2f),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 15, checksum: 0x220e_f576_3b95_746d, first: 0x3efe_7f2f,
      last: 0x3f07_250c),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 16, checksum: 0x0bb5_308f_c67e_2a94, first: 0x3ef7_9a11,
      last: 0x3f05_94e7),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 17, checksum: 0x6a89_f832_2c72_1d3e, first: 0x3ef7_9a11,
      last: 0x3ef7_1ffe),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 64, checksum: 0x7b41_1833_b15b_1f21, first: 0x3ef7_9a11,
      last: 0x3f03_dc89),
    .init(
      .scaledNormal, seed: 4_294_967_303, count: 1000, checksum: 0x6dde_c8f6_fe84_dd1b, first: 0x3ef7_9a11,
      last: 0x3ef7_4efc),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 1, checksum: 0xb2ae_4faa_0099_6df5, first: 0x3f07_4e92,
      last: 0x3f07_4e92),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 15, checksum: 0x8064_b47b_851f_f084, first: 0x3f07_4e92,
      last: 0x3eff_b931),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 16, checksum: 0xb37e_0d3f_fd70_340d, first: 0x3ef0_d8c6,
      last: 0x3f00_f4c8),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 17, checksum: 0xa571_d541_7b43_b190, first: 0x3ef0_d8c6,
      last: 0x3f02_acbe),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 64, checksum: 0x4655_7994_ca30_c7d0, first: 0x3ef0_d8c6,
      last: 0x3ef0_c5c8),
    .init(
      .scaledNormal, seed: 9_223_372_036_854_788_153, count: 1000, checksum: 0xb0f3_a34f_7b76_4bb6, first: 0x3ef0_d8c6,
      last: 0x3efc_2a99),
    .init(.uniform, seed: 0, count: 1, checksum: 0xf814_f1a8_c386_d33b, first: 0x3e48_f77c, last: 0x3e48_f77c),
    .init(.uniform, seed: 0, count: 15, checksum: 0x8f8a_536c_6353_e65b, first: 0x3e48_f77c, last: 0xbbc8_4380),
    .init(.uniform, seed: 0, count: 16, checksum: 0xf42e_3822_1b9e_9035, first: 0x3e48_f77c, last: 0x3e5f_c42c),
    .init(.uniform, seed: 0, count: 17, checksum: 0x3f94_8505_6f81_ec79, first: 0x3e48_f77c, last: 0x3ecb_9b16),
    .init(.uniform, seed: 0, count: 64, checksum: 0x76c0_b16a_7361_24e5, first: 0x3e48_f77c, last: 0x3eb3_bd4a),
    .init(.uniform, seed: 0, count: 1000, checksum: 0xde32_9d24_7e90_17db, first: 0x3e48_f77c, last: 0x3dd4_b658),
    .init(.uniform, seed: 42, count: 1, checksum: 0xc46d_54aa_1ec1_0374, first: 0x3f15_0f99, last: 0x3f15_0f99),
    .init(.uniform, seed: 42, count: 15, checksum: 0x5f54_ed15_3c75_8a36, first: 0x3f15_0f99, last: 0x3ee1_d714),
    .init(.uniform, seed: 42, count: 16, checksum: 0x6e57_84b3_2611_b8de, first: 0x3f15_0f99, last: 0x3e04_829c),
    .init(.uniform, seed: 42, count: 17, checksum: 0x831d_c453_827b_7f58, first: 0x3f15_0f99, last: 0x3f15_df96),
    .init(.uniform, seed: 42, count: 64, checksum: 0x8490_423d_80a5_6040, first: 0x3f15_0f99, last: 0x3ce3_cf60),
    .init(.uniform, seed: 42, count: 1000, checksum: 0x4641_3b4a_bd99_2bd9, first: 0x3f15_0f99, last: 0xbe8a_6a66),
    .init(
      .uniform, seed: 4_294_967_303, count: 1, checksum: 0xdfed_45a8_9a7b_69f7, first: 0x3e70_8f88, last: 0x3e70_8f88),
    .init(
      .uniform, seed: 4_294_967_303, count: 15, checksum: 0x0b30_ab8c_637d_ddc2, first: 0x3e70_8f88, last: 0x3e14_9284),
    .init(
      .uniform, seed: 4_294_967_303, count: 16, checksum: 0x12bb_9183_d38a_b696, first: 0x3e70_8f88, last: 0x3d72_d5d0),
    .init(
      .uniform, seed: 4_294_967_303, count: 17, checksum: 0x3242_cf2c_55f2_6be4, first: 0x3e70_8f88, last: 0x3ed7_3c1a),
    .init(
      .uniform, seed: 4_294_967_303, count: 64, checksum: 0x7eeb_b0b8_ccd2_1e60, first: 0x3e70_8f88, last: 0xbe44_8484),
    .init(
      .uniform, seed: 4_294_967_303, count: 1000, checksum: 0x8fc8_2717_7525_9319, first: 0x3e70_8f88, last: 0x3f2e_1e54
    ),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 1, checksum: 0x99e6_c8a9_d67e_6390, first: 0x3f2e_8515,
      last: 0x3f2e_8515),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 15, checksum: 0x97bf_e602_521a_9b65, first: 0x3f2e_8515,
      last: 0xbdb1_7c90),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 16, checksum: 0x0ac0_371d_d501_e8d3, first: 0x3f2e_8515,
      last: 0x3e35_3704),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 17, checksum: 0x1b9d_92d7_be54_dc51, first: 0x3f2e_8515,
      last: 0x3ed7_1738),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 64, checksum: 0x7b7b_d8a2_c4ef_152e, first: 0x3f2e_8515,
      last: 0x3f02_dc38),
    .init(
      .uniform, seed: 9_223_372_036_854_788_153, count: 1000, checksum: 0x6688_b49e_cec7_f969, first: 0x3f2e_8515,
      last: 0x3f00_d450),
    .init(
      .uniformDoubles, seed: 0, count: 1, checksum: 0xcddd_0cd1_5da2_d929, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fe5_7112_fe2b_1096),
    .init(
      .uniformDoubles, seed: 0, count: 15, checksum: 0xb07a_e997_4e80_85a0, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fc7_46ce_f317_faba),
    .init(
      .uniformDoubles, seed: 0, count: 16, checksum: 0x0aab_e2ae_344b_33be, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fc2_05c0_3153_f7ea),
    .init(
      .uniformDoubles, seed: 0, count: 17, checksum: 0x3c0e_293c_ffb0_16fe, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fbb_76ce_255b_d1b4),
    .init(
      .uniformDoubles, seed: 0, count: 64, checksum: 0x8a48_d085_5d0d_6141, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fe6_5b98_2da8_0cac),
    .init(
      .uniformDoubles, seed: 0, count: 1000, checksum: 0xb760_dd20_790a_62b3, first: 0x3fe5_7112_fe2b_1096,
      last: 0x3fdf_0b48_988d_ae37),
    .init(
      .uniformDoubles, seed: 42, count: 1, checksum: 0x21f1_c80c_84af_688d, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0xbfce_f4cb_36bd_6f9a),
    .init(
      .uniformDoubles, seed: 42, count: 15, checksum: 0x17ff_e437_ba91_b5bf, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0x3fb3_d933_233f_d10c),
    .init(
      .uniformDoubles, seed: 42, count: 16, checksum: 0xa5d5_2922_1e08_e776, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0x3fd3_fef6_08f3_560d),
    .init(
      .uniformDoubles, seed: 42, count: 17, checksum: 0x7b2c_db3c_c9e8_409c, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0xbfcb_1f37_f411_3182),
    .init(
      .uniformDoubles, seed: 42, count: 64, checksum: 0x2819_c776_3729_ef52, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0x3fd5_2c00_bb02_be7d),
    .init(
      .uniformDoubles, seed: 42, count: 1000, checksum: 0xc7e4_8b0e_f43c_90ba, first: 0xbfce_f4cb_36bd_6f9a,
      last: 0x3fbe_ace7_5ed2_e2b4),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 1, checksum: 0xc09a_f20f_57d7_582f, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0xbf95_1d4b_ecd6_9ab0),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 15, checksum: 0x64ee_30aa_e776_ab5e, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0xbfc6_c27b_b5f2_764e),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 16, checksum: 0x2091_6e21_f867_bfb4, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0x3fe1_857a_1812_7422),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 17, checksum: 0x079d_0850_ff6c_1fb3, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0xbfd2_5ada_820f_d5b5),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 64, checksum: 0xe755_2c96_41dd_3cae, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0x3fcd_7a28_324c_365a),
    .init(
      .uniformDoubles, seed: 4_294_967_303, count: 1000, checksum: 0x32f6_2729_3755_b6cf, first: 0xbf95_1d4b_ecd6_9ab0,
      last: 0x3fd8_c571_5fd1_d453),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 1, checksum: 0x223e_bc55_b6d6_a76b,
      first: 0x3fe1_b849_4a47_944c, last: 0x3fe1_b849_4a47_944c),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 15, checksum: 0x1e13_0654_309c_f382,
      first: 0x3fe1_b849_4a47_944c, last: 0x3fdc_7e1a_6a21_bedb),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 16, checksum: 0x6c19_918f_67e4_82f6,
      first: 0x3fe1_b849_4a47_944c, last: 0x3f9e_d240_ddf4_e9b0),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 17, checksum: 0x1f80_d91f_8621_9d68,
      first: 0x3fe1_b849_4a47_944c, last: 0x3fc9_19f9_3b50_aa0e),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 64, checksum: 0x755a_b06f_0d07_d61e,
      first: 0x3fe1_b849_4a47_944c, last: 0x3fd6_7c4a_ad42_ae75),
    .init(
      .uniformDoubles, seed: 9_223_372_036_854_788_153, count: 1000, checksum: 0xbf62_80b9_279a_ec3e,
      first: 0x3fe1_b849_4a47_944c, last: 0xbfd1_b319_a0ec_11ed),
  ]

  /// `torch.randn(count, dtype=torch.float64)`: its last bits are those of the C library.
  static let normalDoubles: [(seed: UInt64, count: Int, first: Double, last: Double)] = [
    (seed: 0, count: 3, first: 1.5409961082440433, last: -2.1787893820745574),
    (seed: 0, count: 16, first: -2.310411800234176, last: 0.3380174030507378),
    (seed: 0, count: 17, first: -2.310411800234176, last: 0.6748575435940039),
    (seed: 0, count: 100, first: -2.310411800234176, last: 0.7255481446372165),
    (seed: 42, count: 3, first: 0.33669035438385886, last: 0.23446236336153173),
    (seed: 42, count: 16, first: 0.2995562877502637, last: -1.4920727283504345),
    (seed: 42, count: 17, first: 0.2995562877502637, last: 0.2494118796915765),
    (seed: 42, count: 100, first: 0.2995562877502637, last: -0.9591633938060772),
    (seed: 4_294_967_303, count: 3, first: -0.1467950974849952, last: 0.9468216090039564),
    (seed: 4_294_967_303, count: 16, first: 0.06626753966449943, last: -1.0492146121597965),
    (seed: 4_294_967_303, count: 17, first: 0.06626753966449943, last: -1.6677291342328766),
    (seed: 4_294_967_303, count: 100, first: 0.06626753966449943, last: -1.1012185704729487),
  ]
}

/// FNV-1a, one step per element.
func checksum(_ bitPatterns: some Sequence<UInt64>) -> UInt64 {
  bitPatterns.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ $1) &* 0x0000_0100_0000_01B3 }
}

func checksum(_ values: [Float]) -> UInt64 { checksum(values.lazy.map { UInt64($0.bitPattern) }) }
func checksum(_ values: [Double]) -> UInt64 { checksum(values.lazy.map(\.bitPattern)) }
