FROM debian
RUN echo at the end \
