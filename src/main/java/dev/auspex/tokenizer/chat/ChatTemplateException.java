package dev.auspex.tokenizer.chat;

import dev.auspex.io.UserException;

/// A chat template that is broken, uses what is not supported, or refuses the conversation. Cure:
/// as the message says, or another template.
public final class ChatTemplateException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what is wrong with the template
  public ChatTemplateException(String message) {
    super(message.replaceAll("\\p{Cntrl}", " "));
  }
}
