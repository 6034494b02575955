FROM debian
RUN no newline