"""Officers: credentials, roles and training, so that every act can be judged by who was qualified on its day."""
