package dev.multipod.producer;

/// Sizes of items.
final class ItemLimits {
  /// The largest item.
  static final int ITEM_BYTES = 1024 * 1024;

  /// What a record may have at the broker: the largest item with its headers.
  static final int RECORD_BYTES = 2 * 1024 * 1024;

  private ItemLimits() {}
}
